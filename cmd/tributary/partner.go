package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/store/sqldb"
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
	admin := sqldb.NewPartnerAdmin(p.store)
	if options.Parent != "" {
		_, found, err := admin.CodeOwner(ctx, options.Parent)
		if err != nil {
			return err
		}
		if !found {
			return fault.Invalid("parent", "does_not_exist", fmt.Sprintf("No partner has the code %q.", options.Parent))
		}
	}
	code := options.Code
	if code == "" {
		code = strings.ToLower(rand.Text()[:10])
	}
	uid := id.New()
	err = register(ctx, p.accrual, a.clock.Now(), map[string]any{
		"partner_uid": uid, "email": options.Email, "country": options.Country, "program": options.Program,
		"partner_code": code, "currency": options.Currency, "parent_code": options.Parent,
	})
	if err != nil {
		return err
	}
	if err := p.identity.SetPassword(ctx, uid, password); err != nil {
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

// register sends a partner.registered through the feed, so that everything
// that waited for the partner's code takes effect.
func register(ctx context.Context, service *accrual.Service, at time.Time, fields map[string]any) error {
	fields["id"], fields["type"], fields["at"] = "cli-"+id.New().String(), feed.PartnerRegistered, at.Format(time.RFC3339Nano)
	line, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("encoding the registration: %w", err)
	}
	fact, err := feed.ParseLine(line)
	if err != nil {
		return refused(err)
	}
	outcomes, err := service.Apply(ctx, []feed.Fact{fact}, fact.ID)
	if err != nil {
		return err
	}
	if outcomes[0].Status == accrual.Refused {
		return refused(outcomes[0].Err)
	}
	return nil
}

// refused turns what is wrong with a fact, "FIELD: MESSAGE", into the fault of
// the field.
func refused(err error) error {
	var line *feed.LineError
	if !errors.As(err, &line) {
		return err
	}
	field, message, found := strings.Cut(line.Message, ": ")
	if !found {
		return err
	}
	return fault.Invalid(field, line.Code, message)
}

// choosePassword returns the password given, or makes one.
func choosePassword(given, file string) (password string, made bool, err error) {
	switch {
	case file != "":
		content, err := os.ReadFile(file) //nolint:gosec // the operator names it
		if err != nil {
			return "", false, fmt.Errorf("reading --password-file: %w", err)
		}
		line, _, _ := bytes.Cut(content, []byte("\n"))
		given = strings.TrimSuffix(string(line), "\r")
	case given == "":
		return identity.RandomPassword(), true, nil
	}
	// Checked before anything is stored; identity checks it again.
	if n := utf8.RuneCountInString(given); !utf8.ValidString(given) || n < identity.MinPasswordLength || n > identity.MaxPasswordLength {
		return "", false, fault.Invalid("password", "invalid",
			fmt.Sprintf("A password has %d to %d characters.", identity.MinPasswordLength, identity.MaxPasswordLength))
	}
	return given, false, nil
}
