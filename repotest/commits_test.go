package repotest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// subjectPattern matches the subject of a commit. A subject has the packages, a
// colon, and a sentence that begins with a lower-case word and does not end
// with a full stop.
var subjectPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_/. ]*(, [a-z0-9][a-z0-9_/. ]*)*: ([a-z][a-z-]*)( .*[^. ])?$`)

// notVerbs are words that a subject must not begin with, because it would not
// say what the commit does. The same is true for words that end in -ed or -ing.
var notVerbs = []string{"a", "an", "and", "how", "no", "not", "of", "that", "the", "these", "this", "what", "when", "where", "which", "who", "why"}

// privateWords matches words that people outside this project do not use in
// this way.
var privateWords = regexp.MustCompile(`(?i)\b(anew|whoever|nobody|by itself|of which|dear|spells|the like|is let to)\b`)

// wrongSubject says what is wrong with the subject of a commit, or returns "".
func wrongSubject(text string) string {
	found := subjectPattern.FindStringSubmatch(text)
	switch {
	case found == nil:
		return "write it as in \"report: add a column\""
	case slices.Contains(notVerbs, found[2]), strings.HasSuffix(found[2], "ing"), strings.HasSuffix(found[2], "ed") && !strings.HasSuffix(found[2], "eed"):
		return "begin with a verb that says what the commit does, as in \"add a column\""
	case privateWords.MatchString(text):
		return "use common words instead of " + privateWords.FindString(text)
	case len(text) > 100:
		return "use at most 100 characters, and put the rest into the body"
	}
	return ""
}

func TestWrongSubjectsAreFound(t *testing.T) {
	t.Parallel()
	for text, wrong := range map[string]bool{
		"report: add a column":                               false,
		"internal/db, outbox: map rows by name":              false,
		"feed: speed up parsing":                             false,
		"feed, mail and others: map rows by name":            false,
		"docs: generated":                                    true,
		"docs: generated from the code":                      true,
		"report: Add a column":                               true,
		"report: add a column.":                              true,
		"add a column":                                       true,
		"api: what a domain is when little is said":          true,
		"docs: make it anew":                                 true,
		"report: adding a column":                            true,
		"report: add " + strings.Repeat("a column and ", 10): true,
	} {
		require.Equal(t, wrong, wrongSubject(text) != "", text)
	}
}

// TestCommitsSayWhatTheyDo checks all commits after the one that added this
// file, because earlier commits cannot be changed.
func TestCommitsSayWhatTheyDo(t *testing.T) {
	t.Parallel()
	if _, err := os.Lstat(filepath.Join(root, ".git")); err != nil {
		t.Log("this is no clone, so there are no commits to read")
		return
	}
	if string(run(t, "git", "rev-parse", "--is-shallow-repository")) != "false\n" {
		t.Log("this is a shallow clone, which does not have every commit")
		return
	}
	first := strings.Fields(string(run(t, "git", "log", "--diff-filter=A", "--format=%H", "--", "repotest/commits_test.go")))
	if len(first) == 0 {
		t.Log("the rule is not committed yet")
		return
	}
	for text := range strings.Lines(string(run(t, "git", "log", "--no-merges", "--format=%s", first[len(first)-1]+"..HEAD"))) {
		text = strings.TrimSuffix(text, "\n")
		if wrong := wrongSubject(text); wrong != "" {
			t.Errorf("the commit %q: %s", text, wrong)
		}
	}
}
