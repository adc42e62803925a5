package settings

import (
	"strings"
	"testing"
)

func TestPricesHaveADate(t *testing.T) {
	s, err := configured(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if s.Prices != defaultPrices || s.Prices.Date == "" {
		t.Errorf("without a table: %+v", s.Prices)
	}
	s, err = configured(t, `
[prices]
date = "2027-01-15"
per_gb_second_arm = 0.00002
`)
	if err != nil {
		t.Fatal(err)
	}
	want := defaultPrices
	want.Date, want.PerGBSecondARM = "2027-01-15", 0.00002
	if s.Prices != want {
		t.Errorf("got %+v, want %+v", s.Prices, want)
	}
}

func TestPricesThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{
		"[prices]\nper_request = 0.0000003":                        "config.toml:1: prices must say when these prices were true",
		"[prices]\ndate = \"2027-01-15\"\nper_request = 0.20":      "config.toml:3: prices.per_request: 0.2 must be a price in US dollars for one",
		"[prices]\ndate = \"2027-01-15\"\nper_request = -1e-9":     "config.toml:3: prices.per_request",
		"[prices]\ndate = \"2027-01-15\"\nper_gb_second_x86 = nan": "config.toml:3: prices.per_gb_second_x86",
		"[prices]\ndate = \"last week\"":                           `config.toml:2: prices.date: "last week" must be the day`,
		"[prices]\nper_call = 1":                                   `"prices.per_call" is not a setting`,
	} {
		if _, err := configured(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
