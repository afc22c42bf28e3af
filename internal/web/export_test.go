package web

import "io/fs"

// Of returns a page of files.
func Of(files fs.FS) *Page { return &Page{files} }

// Routes returns the first segments of the page's addresses.
func Routes() []string { return routes }
