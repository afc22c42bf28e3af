// Package repotest keeps the rules of this repository by tests: which package
// may import which, what may not be in a file, what every release must carry.
// It has no code of its own.
package repotest
