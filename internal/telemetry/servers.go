package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tributary-server/tributary/internal/process"
)

// Servers adds a metric that counts the live servers on the database, by role. If
// servers is nil, it counts only this server.
func (m *Metrics) Servers(role process.Role, servers *process.Register) {
	for _, of := range []process.Role{process.All, process.API, process.Worker} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "tributary_processes",
			Help:        "Live servers on the database, by role, as this server counts them.",
			ConstLabels: prometheus.Labels{"role": string(of)},
		}, func() float64 {
			if servers != nil {
				return float64(servers.Count().ByRole[of])
			}
			if of == role {
				return 1
			}
			return 0
		}))
	}
}
