// Package public declares the operations, pages and handlers that need no
// credentials: log-in and tokens, registration, password reset, tracked links
// and health probes.
package public
