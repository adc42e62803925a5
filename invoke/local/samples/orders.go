package samples

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
)

// rules are what orders reads from rules.json in its code, so that its versions differ.
type rules struct {
	Name      string            `json:"name"`
	Prices    map[string]string `json:"prices"` // by sku, decimal
	Discounts []struct {
		From    int `json:"from"` // pieces of one line
		Percent int `json:"percent"`
	} `json:"discounts"`
	Shipping struct {
		Flat     string `json:"flat"`
		FreeFrom string `json:"freeFrom"` // "" means never
	} `json:"shipping"`
}

// newOrders reads the rules once for a process, in its init.
func newOrders(taskRoot string) (handler, error) {
	text, err := os.ReadFile(filepath.Join(taskRoot, "rules.json"))
	if err != nil {
		return nil, &failure{kind: "RulesMissing", message: "read the rules: " + err.Error()}
	}
	var r rules
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, &failure{kind: "RulesBroken", message: "read rules.json: " + err.Error()}
	}
	if err := r.check(); err != nil {
		return nil, &failure{kind: "RulesBroken", message: "rules.json: " + err.Error()}
	}
	currency := os.Getenv("CURRENCY")
	if currency == "" {
		currency = "EUR"
	}
	return func(e event) ([]byte, error) { return r.order(e, currency) }, nil
}

func (r rules) check() error {
	for sku, price := range r.Prices {
		if _, err := amount(price); err != nil {
			return fmt.Errorf("the price of %s: %w", sku, err)
		}
	}
	if _, err := amount(r.Shipping.Flat); err != nil {
		return fmt.Errorf("shipping: %w", err)
	}
	if _, err := amount(r.Shipping.FreeFrom); r.Shipping.FreeFrom != "" && err != nil {
		return fmt.Errorf("free shipping: %w", err)
	}
	return nil
}

// A line is one line of the answer. What came with the order is in it as it was written.
type line struct {
	SKU      json.RawMessage `json:"sku"`
	Quantity json.RawMessage `json:"quantity"`
	Price    money           `json:"price"`
	Discount money           `json:"discount"`
	Total    money           `json:"total"`
}

// An answer is what orders returns. The id is the order's own, byte for byte: a
// number with more digits than a float64 has must come back whole.
type answer struct {
	ID       json.RawMessage `json:"id,omitempty"`
	Status   string          `json:"status"` // priced, empty or rejected
	Rules    string          `json:"rules"`
	Lines    []line          `json:"lines,omitempty"`
	Goods    *money          `json:"goods,omitempty"`
	Shipping *money          `json:"shipping,omitempty"`
	Total    *money          `json:"total,omitempty"`
	Currency string          `json:"currency,omitempty"`
	Problems []string        `json:"problems,omitempty"`
}

// order checks and prices one order. An order that is wrong is an answer with its
// problems, not an error: the function has done its work.
func (r rules) order(e event, currency string) ([]byte, error) {
	members, err := object(e)
	if err != nil {
		return nil, err
	}
	a := answer{ID: members["id"], Rules: r.Name}
	if len(a.ID) == 0 {
		a.Problems = append(a.Problems, "id is missing")
	}
	var lines []map[string]json.RawMessage
	if raw, ok := members["lines"]; ok && json.Unmarshal(raw, &lines) != nil {
		a.Problems = append(a.Problems, "lines must be a list of objects")
	}
	goods := new(big.Rat)
	for n, ordered := range lines {
		priced, total, problem := r.price(ordered)
		if problem != "" {
			a.Problems = append(a.Problems, fmt.Sprintf("lines[%d]: %s", n, problem))
			continue
		}
		a.Lines = append(a.Lines, priced)
		goods.Add(goods, total)
	}
	e.logf("order %s: %d lines, %d problems, rules %q", a.ID, len(lines), len(a.Problems), r.Name)
	if len(a.Problems) > 0 {
		a.Status, a.Lines = "rejected", nil
		return encode(a), nil
	}
	shipping := new(big.Rat)
	a.Status = "empty"
	if len(a.Lines) > 0 {
		a.Status = "priced"
		shipping = r.shipping(goods)
	}
	a.Goods, a.Shipping = &money{goods}, &money{shipping}
	a.Total = &money{new(big.Rat).Add(goods, shipping)}
	a.Currency = currency
	return encode(a), nil
}

// price prices one line. total is its exact total.
func (r rules) price(ordered map[string]json.RawMessage) (priced line, total *big.Rat, problem string) {
	var sku string
	if json.Unmarshal(ordered["sku"], &sku) != nil {
		return line{}, nil, "sku must be a text"
	}
	price, ok := r.Prices[sku]
	if !ok {
		return line{}, nil, fmt.Sprintf("there is no %s", sku)
	}
	const most = 10_000 // pieces of one line
	quantity, err := strconv.Atoi(string(ordered["quantity"]))
	if err != nil || quantity < 1 || quantity > most {
		return line{}, nil, fmt.Sprintf("quantity must be a whole number from 1 to %d", most)
	}
	each, _ := amount(price)
	full := new(big.Rat).Mul(each, big.NewRat(int64(quantity), 1))
	percent := 0
	for _, d := range r.Discounts {
		if quantity >= d.From {
			percent = max(percent, d.Percent)
		}
	}
	discount := cents(new(big.Rat).Mul(full, big.NewRat(int64(percent), 100)))
	total = new(big.Rat).Sub(full, discount)
	return line{ordered["sku"], ordered["quantity"], money{each}, money{discount}, money{total}}, total, ""
}

func (r rules) shipping(goods *big.Rat) *big.Rat {
	if from, err := amount(r.Shipping.FreeFrom); err == nil && goods.Cmp(from) >= 0 {
		return new(big.Rat)
	}
	flat, _ := amount(r.Shipping.Flat)
	return flat
}

// amount reads a decimal amount that is not negative.
func amount(text string) (*big.Rat, error) {
	value, ok := new(big.Rat).SetString(text)
	if !ok || value.Sign() < 0 {
		return nil, fmt.Errorf("%q is no amount", text)
	}
	return value, nil
}

// cents rounds half a cent away from zero.
func cents(value *big.Rat) *big.Rat {
	rounded, _ := new(big.Rat).SetString(value.FloatString(2))
	return rounded
}

// money is written as a JSON number with two decimals: 48.60, not 48.6.
type money struct{ *big.Rat }

// MarshalJSON writes the amount.
func (m money) MarshalJSON() ([]byte, error) { return []byte(m.FloatString(2)), nil }
