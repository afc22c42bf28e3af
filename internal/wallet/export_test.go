package wallet

// Spelled exports spelled to the tests.
func Spelled(destination string) string { return spelled(destination) }
