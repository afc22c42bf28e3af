package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/partner"
)

func createPartner(ctx context.Context, a *app) error {
	options := &a.cli.Partner.Create
	password, made, err := choosePassword(options.Password, options.PasswordFile)
	if err != nil {
		return err
	}
	p, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	admin := p.Stores.Admin
	if options.Parent != "" {
		_, found, err := admin.CodeOwner(ctx, options.Parent)
		if err != nil {
			return err
		}
		if !found {
			return fault.Invalid("parent", "does_not_exist", fmt.Sprintf("No partner has the code %q.", options.Parent))
		}
	}
	uid, code, err := partner.Register(ctx, p.Facts.Apply, a.clock.Now(), "cli", partner.Registration{
		Email: options.Email, Country: options.Country, Programme: options.Program,
		Code: options.Code, Currency: options.Currency, ParentCode: options.Parent,
	})
	if err != nil {
		return err
	}
	if err := p.Identity.SetPassword(ctx, uid, password); err != nil {
		return err
	}
	if options.Verified {
		if err := admin.Verify(ctx, uid); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.stdout, "code: %s\n", code)
	if made {
		fmt.Fprintf(a.stdout, "password: %s\n", password)
	}
	_, err = fmt.Fprintln(a.stdout, uid)
	return err
}

// choosePassword returns the given password, the first line of the file, or a
// random password. random is true if the password is random.
func choosePassword(given, file string) (password string, random bool, err error) {
	switch {
	case file != "":
		content, err := os.ReadFile(file) //nolint:gosec // the operator chose the path
		if err != nil {
			return "", false, fmt.Errorf("reading --password-file: %w", err)
		}
		line, _, _ := bytes.Cut(content, []byte("\n"))
		given = strings.TrimSuffix(string(line), "\r")
	case given == "":
		return identity.RandomPassword(), true, nil
	}
	// Check the password before anything is stored. The package identity checks
	// it too, but later.
	if n := utf8.RuneCountInString(given); !utf8.ValidString(given) || n < identity.MinPasswordLength || n > identity.MaxPasswordLength {
		return "", false, fault.Invalid("password", "invalid",
			fmt.Sprintf("Choose a password of %d to %d characters.", identity.MinPasswordLength, identity.MaxPasswordLength))
	}
	return given, false, nil
}
