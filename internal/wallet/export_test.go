package wallet

// Spelled is how a destination stands in the mail with a code.
func Spelled(destination string) string { return spelled(destination) }
