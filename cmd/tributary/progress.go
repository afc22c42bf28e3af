package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
)

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// progress draws a progress bar on a terminal. Without a terminal, it does
// nothing.
type progress struct {
	w     io.Writer // nil if standard error is not a terminal
	clock clock.Clock
	done  func() int64
	total int64 // total in the same unit as done; 0 if unknown
	began time.Time
	drawn time.Time
}

func newProgress(w io.Writer, c clock.Clock, done func() int64, total int64) *progress {
	p := &progress{clock: c, done: done, total: total, began: c.Now()}
	if isTerminal(w) {
		p.w = w
	}
	return p
}

const (
	barWidth = 30
	drawPace = 100 * time.Millisecond
)

// show draws the bar, but at most once per drawPace. factsRead is the number of
// facts that have been read so far.
func (p *progress) show(factsRead int64) {
	now := p.clock.Now()
	if p.w == nil || now.Sub(p.drawn) < drawPace {
		return
	}
	p.drawn = now
	fmt.Fprint(p.w, "\r\x1b[K", line(factsRead, p.done(), p.total, now.Sub(p.began)))
}

// line returns the text of the bar: the completed part, the number of facts,
// and facts per second.
func line(facts, done, total int64, took time.Duration) string {
	text := ""
	if total > 0 {
		filled := int(min(done, total) * barWidth / total)
		text = fmt.Sprintf("[%s%s] %3d%%  ", strings.Repeat("=", filled), strings.Repeat(" ", barWidth-filled), min(done, total)*100/total)
	}
	text += money.GroupInt(facts) + " facts"
	if ms := took.Milliseconds(); ms > 0 {
		text += fmt.Sprintf(", %s a second", money.GroupInt(facts*1000/ms))
	}
	return text
}

func (p *progress) close() {
	if p.w != nil && !p.drawn.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
