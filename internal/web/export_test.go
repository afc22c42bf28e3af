package web

import "io/fs"

// Of returns a Page with the given files.
func Of(files fs.FS) *Page { return &Page{files} }

// Routes returns the first segments of the paths that belong to the page.
func Routes() []string { return routes }
