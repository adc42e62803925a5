package history

import "testing"

func TestFitOf(t *testing.T) {
	for _, c := range []struct {
		event, function string
		want            Fit
	}{
		{"orders", "orders", FitsExactly},
		{"Orders", "orders", FitsExactly},
		{"orders", "OrdersFunction", FitsExactly},
		{"OrdersFunction", "OrdersFunction", FitsExactly},
		{"hello-world", "HelloWorldFunction", FitsExactly},
		{"orders-created", "orders", FitsBeginning},
		{"orders.empty", "orders", FitsBeginning},
		{"orders-api-created", "orders-api", FitsBeginning},
		{"event_orders", "orders", FitsInside},
		{"create order", "order", FitsInside},
		{"reorders", "orders", FitsNot},
		{"orders2", "orders", FitsNot},
		{"orders", "orders-api", FitsNot},
		{"event", "orders", FitsNot},
		{"function", "function", FitsExactly},
		{"", "orders", FitsNot},
		{"orders", "", FitsNot},
		{"-", "-", FitsNot},
	} {
		if got := FitOf(c.event, c.function); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.event, c.function, got, c.want)
		}
	}
}
