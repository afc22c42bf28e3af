package wallet

func Spelled(destination string) string { return formatDestination(destination) }
