package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// clicksSuffix names the file of clicks beside a database, and beside its copy.
const clicksSuffix = ".clicks"

// SaveAll is Save for a database and the clicks beside it. The clicks are
// copied last, so that every registration in the copy finds its click there.
// When one of them fails, neither copy is left.
func SaveAll(ctx context.Context, path, target string) error {
	clicks := path + clicksSuffix
	if _, err := os.Stat(clicks); errors.Is(err, os.ErrNotExist) {
		return Save(ctx, path, target) // of a version without clicks
	}
	for _, file := range []string{target, target + clicksSuffix} {
		if err := absent(file); err != nil {
			return err
		}
	}
	if err := Save(ctx, path, target); err != nil {
		return err
	}
	if err := save(ctx, clicks, target+clicksSuffix, clicksTables); err != nil {
		return errors.Join(fmt.Errorf("the clicks: %w", err), os.Remove(target))
	}
	return nil
}

// RestoreAll is Restore for a database and its clicks. A backup without clicks
// leaves none: those that are there belong to another past. Both files are
// checked, and known not to be in use, before either is touched.
func RestoreAll(ctx context.Context, source, path string, force bool) error {
	clicks := path + clicksSuffix
	_, err := os.Stat(source + clicksSuffix)
	without := errors.Is(err, os.ErrNotExist)
	if err != nil && !without {
		return err
	}
	if !force {
		for _, there := range []string{path, clicks} {
			if err := absent(there); err != nil {
				return err
			}
		}
	}
	for _, there := range []string{path, clicks} {
		if err := retire(ctx, there); err != nil {
			return err
		}
	}
	if !without {
		if err := check(ctx, source+clicksSuffix, clicksTables); err != nil {
			return fmt.Errorf("the backup's clicks cannot be used: %w", err)
		}
	}
	if err := Restore(ctx, source, path, force); err != nil {
		return err
	}
	if without {
		if err := os.Remove(clicks); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := restore(ctx, source+clicksSuffix, clicks, true, clicksTables); err != nil {
		return fmt.Errorf("the database is restored, its clicks are not: %w", err)
	}
	return nil
}
