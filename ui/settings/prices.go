package settings

import (
	"fmt"
	"time"
)

// Prices is [prices] of config.toml: what Lambda charges on demand, in US dollars.
type Prices struct {
	Date           string  // when the table was true: 2006-01-02
	PerRequest     float64 // for one request
	PerGBSecondX86 float64 // for one second with 1 GB (1,024 MB) of memory, x86_64
	PerGBSecondARM float64 // the same for arm64
}

// defaultPrices are those of us-east-1 in the first tier, of
// https://aws.amazon.com/lambda/pricing/, as a second source had them on that date: no
// price was read from AWS itself. The free tier, ephemeral storage above 512 MB,
// provisioned concurrency and streamed bytes are not in the table.
var defaultPrices = Prices{Date: "2026-05-11", PerRequest: 0.20 / 1e6, PerGBSecondX86: 0.0000166667, PerGBSecondARM: 0.0000133334}

// pricesTable is that table as it stands in the file.
type pricesTable struct {
	Date           *string  `toml:"date"`
	PerRequest     *float64 `toml:"per_request"`
	PerGBSecondX86 *float64 `toml:"per_gb_second_x86"`
	PerGBSecondARM *float64 `toml:"per_gb_second_arm"`
}

// maxPrice is above any price of the table, in US dollars. It finds prices that were
// meant for a million.
const maxPrice = 0.01

// applyPrices takes over [prices]. A price needs a date of its own: with the built-in
// one beside it, nobody could tell later what the figures were made from.
func (c *configuration) applyPrices(s *Settings) error {
	t := c.Prices
	s.Prices = defaultPrices
	changed := false
	for _, p := range []struct {
		key  string
		from *float64
		to   *float64
	}{
		{"per_request", t.PerRequest, &s.Prices.PerRequest},
		{"per_gb_second_x86", t.PerGBSecondX86, &s.Prices.PerGBSecondX86},
		{"per_gb_second_arm", t.PerGBSecondARM, &s.Prices.PerGBSecondARM},
	} {
		if p.from == nil {
			continue
		}
		if !(*p.from >= 0 && *p.from <= maxPrice) {
			return fmt.Errorf("%s: %v must be a price in US dollars for one, from 0 to %v", c.where("prices", p.key), *p.from, maxPrice)
		}
		*p.to, changed = *p.from, true
	}
	switch {
	case t.Date != nil:
		if _, err := time.Parse(time.DateOnly, *t.Date); err != nil {
			return fmt.Errorf("%s: %q must be the day on which the prices were true, such as %s", c.where("prices", "date"), *t.Date, defaultPrices.Date)
		}
		s.Prices.Date = *t.Date
	case changed:
		return fmt.Errorf("%s must say when these prices were true, such as date = %q", c.where("prices"), defaultPrices.Date)
	}
	return nil
}
