package wallet

// Spelled exports spelled for the tests.
func Spelled(destination string) string { return spelled(destination) }
