package guard

import (
	"context"
	"net"
)

// Dialling makes a client open its connections with dial, because synctest does
// not support real network connections.
func (c *Client) Dialling(dial func(context.Context) (net.Conn, error)) *Client {
	c.dial = func(ctx context.Context, _ *net.Dialer, _ string) (net.Conn, error) { return dial(ctx) }
	return c
}
