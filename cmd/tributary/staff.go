package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/staff"
)

func createStaff(ctx context.Context, a *app) error {
	options := &a.cli.Staff.Create
	p, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	member, password, err := p.Staff.Create(ctx, options.Email, caller.StaffRole(options.Role))
	if err != nil {
		return err
	}
	tellOneTime(a, password)
	_, err = fmt.Fprintln(a.stdout, member.ID)
	return err
}

func tellOneTime(a *app, password string) {
	fmt.Fprintf(a.stdout, "one-time password: %s\n", password)
	fmt.Fprintln(a.stderr, "Give the password to the person, who must replace it within 7 days: POST /broker/v1/auth/enrol/.")
}

func listStaff(ctx context.Context, a *app) error {
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	out := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(out, "ID\tROLE\tSTATUS\tCREATED\tE-MAIL")
	for from := 0; ; from += page.MaxLimit {
		members, count, err := p.Staff.Members(ctx, page.Page{Limit: page.MaxLimit, Offset: from})
		if err != nil {
			return err
		}
		for i := range members {
			m := &members[i]
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", m.ID, m.Role, m.Status(), m.CreatedAt.Format(time.RFC3339), m.Email)
		}
		if int64(from+len(members)) >= count {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("printing the staff members: %w", err)
	}
	return nil
}

func disableStaff(ctx context.Context, a *app) error {
	return withMember(ctx, a, a.cli.Staff.Disable.Email, func(p *openProgramme, m *staff.Member) error {
		if _, err := p.Staff.Disable(ctx, m.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.stdout, "disabled %s\n", m.Email)
		return err
	})
}

func resetStaff(ctx context.Context, a *app) error {
	return withMember(ctx, a, a.cli.Staff.Reset.Email, func(p *openProgramme, m *staff.Member) error {
		password, err := p.Staff.Reset(ctx, m.ID)
		if err == nil {
			tellOneTime(a, password)
		}
		return err
	})
}

func withMember(ctx context.Context, a *app, email string, do func(*openProgramme, *staff.Member) error) error {
	p, err := a.openExisting(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	member, err := p.Staff.ByEmail(ctx, email)
	if fault.CodeOf(err) == fault.NotFound {
		return fault.Invalid("email", "does_not_exist", fmt.Sprintf("No staff member has the e-mail %q.", email))
	}
	if err != nil {
		return err
	}
	return do(p, &member)
}
