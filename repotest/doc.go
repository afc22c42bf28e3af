// Package repotest tests the rules of this repository. Examples are which packages
// a package may import, and what a file must not contain. It has no code other than
// tests.
package repotest
