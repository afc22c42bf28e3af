// Package sqldb holds the statements of the domains that do not own theirs yet.
package sqldb
