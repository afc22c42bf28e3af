package wallet

func Spelled(destination string) string { return spelled(destination) }
