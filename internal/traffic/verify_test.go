package traffic_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/traffic"
)

func TestHasTag(t *testing.T) {
	t.Parallel()
	partnerID := id.New()
	tag, whole := traffic.Tag(partnerID), traffic.MetaTag(partnerID)
	require.Len(t, tag, 32)
	require.Equal(t, tag, traffic.Tag(partnerID), "stable")
	require.NotEqual(t, tag, traffic.Tag(id.New()))
	for name, page := range map[string]string{
		"as it is given":      `<!doctype html><html><head><title>x</title>` + whole + `</head><body></body></html>`,
		"alone":               whole,
		"spelled otherwise":   `<HEAD><META CONTENT='` + tag + `' NAME=Tributary-Verification />`,
		"after other tags":    `<head><meta charset=utf-8><script>var a = "</head>"</script>` + whole,
		"of a truncated page": `<html><head>` + whole + `<link rel="style`,
		"with spaces":         `<head><meta name=" tributary-verification " content=" ` + tag + ` ">`,
		"encoded characters":  `<head><meta name="tributary&#45;verification" content="` + tag + `">`,
	} {
		require.True(t, traffic.HasTag([]byte(page), tag), name)
	}
	for name, page := range map[string]string{
		"empty":                                ``,
		"no HTML":                              "\x00\xff\xfe" + tag,
		"another's":                            `<head>` + traffic.MetaTag(id.New()),
		"longer":                               `<head><meta name="tributary-verification" content="` + tag + `0">`,
		"in a comment":                         `<head><!-- ` + whole + ` --></head>`,
		"in an open comment":                   `<head><!-- ` + whole,
		"in a title":                           `<head><title>` + whole + `</title>`,
		"in a script":                          `<head><script>` + whole + `</script>`,
		"in a style":                           `<head><style>` + whole + `</style>`,
		"in a template":                        `<head><template>` + whole + `</template></head>`,
		"in a noscript":                        `<head><noscript>` + whole + `</noscript></head>`,
		"in a visitor's comment":               `<head></head><body><p>hello ` + whole + `</p></body>`,
		"in a text area":                       `<body><textarea>` + whole + `</textarea>`,
		"in an attribute":                      `<head><meta name="description" content='` + whole + `'></head>`,
		"in an SVG":                            `<body><svg><meta name="tributary-verification" content="` + tag + `"></svg>`,
		"in an inner page":                     `<body><iframe srcdoc='` + whole + `'></iframe>`,
		"encoded for display":                  `<body>` + strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(whole),
		"a property":                           `<head><meta property="tributary-verification" content="` + tag + `">`,
		"only the first name attribute counts": `<head><meta name="x" name="tributary-verification" content="` + tag + `">`,
		"nested too deep":                      strings.Repeat(`<div>`, 10_000) + whole,
		"a broken doctype":                     `<!doctype <head>` + `<body>` + whole,
	} {
		require.False(t, traffic.HasTag([]byte(page), tag), name)
	}
}

func FuzzHasTag(f *testing.F) {
	tag := traffic.Tag(id.Nil)
	f.Add([]byte(traffic.MetaTag(id.Nil)))
	f.Add([]byte(`<template><head><meta name=tributary-verification>`))
	f.Fuzz(func(t *testing.T, page []byte) {
		if traffic.HasTag(page, tag) {
			require.Contains(t, strings.NewReplacer("&", tag).Replace(string(page)), tag, "never without its content")
		}
	})
}
