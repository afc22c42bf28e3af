// Package public declares the operations, pages and handlers that need no
// credentials: login and tokens, registration, password reset, tracked links
// and health checks.
package public
