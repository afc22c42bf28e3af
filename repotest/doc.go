// Package repotest tests the rules of this repository, such as which packages a
// package may import and what a file must not contain. It has only tests.
package repotest
