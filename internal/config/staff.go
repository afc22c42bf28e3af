package config

// Staff groups the commands for staff members.
type Staff struct {
	Create  StaffCreate  `cmd:"" help:"Create a staff member. Prints a one-time password, and the id on the last line."`
	List    StaffList    `cmd:"" help:"List the staff members."`
	Disable StaffDisable `cmd:"" help:"End a staff member's sessions and refuse further sign-ins."`
	Reset   StaffReset   `cmd:"" help:"Give a staff member another one-time password, remove the authenticator app, and undo disable."`
}

// StaffCreate holds the options of tributary staff create.
type StaffCreate struct {
	Email string `required:"" placeholder:"EMAIL" help:"The e-mail with which the person signs in."`
	Role  string `required:"" placeholder:"ROLE" enum:"admin,finance,support" help:"What the person may do: admin (everything), finance (read everything, and change what concerns money) or support (read everything, and change partners and clients, but no money)."`
}

// StaffList holds the options of tributary staff list.
type StaffList struct{}

// StaffDisable holds the options of tributary staff disable.
type StaffDisable struct {
	Email string `arg:"" name:"email" help:"The staff member's e-mail."`
}

// StaffReset holds the options of tributary staff reset.
type StaffReset struct {
	Email string `arg:"" name:"email" help:"The staff member's e-mail."`
}
