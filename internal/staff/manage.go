package staff

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
)

// Invitation is a staff member who is not stored yet.
type Invitation struct {
	Member Member
	// Password is the one-time password, which the person must replace within
	// OneTimeLife. It cannot be read again later.
	Password string
}

// Invite prepares an account with a one-time password, which Add then stores. Invite is
// slow, because it hashes the password. It stores nothing.
//
// It returns ValidationError on "email" or "role".
func (s *Service) Invite(ctx context.Context, address string, role caller.StaffRole) (Invitation, error) {
	address = email.Normal(address)
	var faults fault.Fields
	if !email.Valid(address) {
		faults.Add("email", "invalid", "Enter a valid email address.")
	}
	checkRole(&faults, role)
	if err := faults.Err(); err != nil {
		return Invitation{}, err
	}
	password := identity.RandomPassword()
	hash, err := s.identity.HashPassword(ctx, password)
	if err != nil {
		return Invitation{}, err
	}
	now := s.clock.Now()
	m := Member{ID: id.New(), Email: address, Role: role, CreatedAt: now}
	m.setOneTime(hash, now.Add(OneTimeLife))
	return Invitation{m, password}, nil
}

// Add stores the staff member of an Invitation. It returns ValidationError on "email" if
// another member has the e-mail.
func (s *Service) Add(ctx context.Context, m Member) error {
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		added, err := s.store.Add(ctx, m)
		switch {
		case err != nil:
			return fmt.Errorf("adding a staff member: %w", err)
		case !added:
			return fault.Invalid("email", "already_in_use", "A staff member with this e-mail exists already.")
		}
		return s.record(ctx, "staff.created", m.ID, map[string]any{"email": m.Email, "role": m.Role})
	})
}

// Create calls Invite and then Add. It returns the member and the one-time password.
func (s *Service) Create(ctx context.Context, address string, role caller.StaffRole) (m Member, password string, err error) {
	made, err := s.Invite(ctx, address, role)
	if err == nil {
		err = s.Add(ctx, made.Member)
	}
	return made.Member, made.Password, err
}

func checkRole(faults *fault.Fields, role caller.StaffRole) {
	if !slices.Contains(caller.StaffRoles(), role) {
		faults.Add("role", "invalid_choice", "Choose admin, finance or support.")
	}
}

// Members returns one page of the staff members, sorted by e-mail, and the number of
// all members.
func (s *Service) Members(ctx context.Context, p page.Page) (list []Member, count int64, err error) {
	if list, count, err = s.store.List(ctx, p); err != nil {
		return nil, 0, fmt.Errorf("listing staff members: %w", err)
	}
	return list, count, nil
}

// Member returns a staff member, or ErrUnknown.
func (s *Service) Member(ctx context.Context, staffID id.UUID) (Member, error) {
	return s.store.Member(ctx, staffID)
}

// Emails maps the ids of staff members to their e-mails.
func (s *Service) Emails(ctx context.Context, ids []id.UUID) (map[id.UUID]string, error) {
	return s.store.Emails(ctx, ids)
}

// SetRole changes a member's role, from the member's next request on. It returns
// ErrUnknown if there is no such member, ValidationError on "role", and
// PermissionDenied if the caller is the member.
func (s *Service) SetRole(ctx context.Context, staffID id.UUID, role caller.StaffRole) (Member, error) {
	var faults fault.Fields
	if checkRole(&faults, role); len(faults) > 0 {
		return Member{}, faults.Err()
	}
	return s.change(ctx, staffID, func(ctx context.Context, m *Member) error {
		if m.Role == role {
			return nil
		}
		before := m.Role
		m.Role = role
		return s.record(ctx, "staff.role_changed", m.ID, map[string]any{"before": before, "after": role})
	})
}

// Disable ends a member's sessions and refuses further sign-ins, until Reset. It
// returns ErrUnknown if there is no such member, and PermissionDenied if the caller
// is the member.
func (s *Service) Disable(ctx context.Context, staffID id.UUID) (Member, error) {
	return s.change(ctx, staffID, func(ctx context.Context, m *Member) error {
		if m.DisabledAt != nil {
			return nil
		}
		now := s.clock.Now()
		m.DisabledAt = &now
		if err := s.store.EndSessions(ctx, m.ID, id.Nil); err != nil {
			return fmt.Errorf("ending a staff member's sessions: %w", err)
		}
		return s.record(ctx, "staff.disabled", m.ID, nil)
	})
}

// Reset returns another one-time password for a member. It removes the authenticator
// app, ends the member's sessions, and enables a disabled member. It returns
// ErrUnknown if there is no such member.
//
// Only the command line calls Reset. Over the API, one admin could otherwise take over
// the account of another person, and approve what they prepared themselves.
func (s *Service) Reset(ctx context.Context, staffID id.UUID) (password string, err error) {
	password = identity.RandomPassword()
	hash, err := s.identity.HashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	_, err = s.change(ctx, staffID, func(ctx context.Context, m *Member) error {
		m.setOneTime(hash, s.clock.Now().Add(OneTimeLife))
		m.DisabledAt = nil
		if err := s.store.SetRecoveryCodes(ctx, m.ID, nil); err != nil {
			return fmt.Errorf("removing recovery codes: %w", err)
		}
		if err := s.store.EndSessions(ctx, m.ID, id.Nil); err != nil {
			return fmt.Errorf("ending a staff member's sessions: %w", err)
		}
		return s.record(ctx, "staff.reset", m.ID, nil)
	})
	return password, err
}

// ByEmail returns the staff member with an e-mail, or ErrUnknown.
func (s *Service) ByEmail(ctx context.Context, address string) (Member, error) {
	m, found, err := s.store.ByEmail(ctx, identity.NormalEmail(address))
	if err == nil && !found {
		err = ErrUnknown
	}
	return m, err
}

// change changes a member who is not the caller, in one transaction. A caller must still
// be an admin in this transaction. So if admins disable each other at the same time, one
// of them remains.
func (s *Service) change(ctx context.Context, staffID id.UUID, change func(context.Context, *Member) error) (m Member, err error) {
	who, _ := caller.From(ctx)
	if who.StaffID != id.Nil && who.StaffID == staffID {
		return Member{}, &fault.Error{Code: fault.PermissionDenied, Message: "You cannot change your own account in this way. Ask another admin."}
	}
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if m, err = s.hold(ctx, who.StaffID, staffID); err != nil {
			return err
		}
		if err := change(ctx, &m); err != nil {
			return err
		}
		return s.store.Save(ctx, m)
	})
	return m, err
}

// hold locks and returns a member. It also locks the admin who changes the member,
// unless adminID is id.Nil, and returns PermissionDenied if they are no longer an
// admin. It locks in the order of the ids, so that two transactions cannot deadlock.
func (s *Service) hold(ctx context.Context, adminID, staffID id.UUID) (m Member, err error) {
	for _, each := range inOrder(adminID, staffID) {
		held, err := s.store.Hold(ctx, each)
		switch {
		case err != nil:
			return Member{}, err
		case each == staffID:
			m = held
		case held.DisabledAt != nil || held.Role != caller.Admin:
			return Member{}, fault.New(fault.PermissionDenied)
		}
	}
	return m, nil
}

func inOrder(adminID, staffID id.UUID) []id.UUID {
	if adminID == id.Nil {
		return []id.UUID{staffID}
	}
	ids := []id.UUID{adminID, staffID}
	slices.SortFunc(ids, func(a, b id.UUID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

func (s *Service) record(ctx context.Context, action string, subject id.UUID, details map[string]any) error {
	if err := s.audit.Record(ctx, audit.Entry{Action: action, Subject: subject.String(), Details: details}); err != nil {
		return fmt.Errorf("recording %s: %w", strings.TrimPrefix(action, "staff."), err)
	}
	return nil
}
