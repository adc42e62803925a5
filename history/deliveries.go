package history

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"lambent/invoke"
)

type deliveryDetails struct {
	Kind        text               `json:"kind"`
	Destination text               `json:"destination"`
	Attributes  []attributeDetails `json:"attributes,omitempty"`
	RequestID   text               `json:"requestId,omitempty"`
	Problem     text               `json:"problem,omitempty"`
}

type attributeDetails struct {
	Name  text `json:"name"`
	Type  text `json:"type"`
	Value text `json:"value"`
}

func detailsOfDelivery(d invoke.Delivery) deliveryDetails {
	out := deliveryDetails{Kind: text(d.Kind), Destination: text(d.Destination), RequestID: text(d.RequestID), Problem: text(d.Problem)}
	for _, a := range d.Attributes {
		out.Attributes = append(out.Attributes, attributeDetails{text(a.Name), text(a.Type), text(a.Value)})
	}
	return out
}

func (d deliveryDetails) delivery() invoke.Delivery {
	out := invoke.Delivery{Kind: invoke.DeliveryKind(d.Kind), Destination: string(d.Destination), RequestID: string(d.RequestID), Problem: string(d.Problem)}
	for _, a := range d.Attributes {
		out.Attributes = append(out.Attributes, invoke.Attribute{Name: string(a.Name), Type: string(a.Type), Value: string(a.Value)})
	}
	return out
}

// delivery is a delivery without what must not be written. The event that it queues
// keeps its payload, as every event does that has yet to be run.
func (p Privacy) delivery(d invoke.Delivery) invoke.Delivery {
	if p.Redact == nil {
		return d
	}
	d.Body = p.Redact.Result(invoke.Result{Payload: d.Body}).Payload
	clean := make([]invoke.Attribute, len(d.Attributes))
	for i, a := range d.Attributes {
		a.Value = p.Redact.Failure(&invoke.Failure{Message: a.Value}).Message
		clean[i] = a
	}
	d.Attributes = clean
	return d
}

// An exportedDelivery is one in an exported record, its body as payloads are there.
type exportedDelivery struct {
	deliveryDetails
	At         string          `json:"at,omitempty"`
	Body       json.RawMessage `json:"body,omitempty"`
	BodyText   *string         `json:"bodyText,omitempty"`
	BodyBase64 []byte          `json:"bodyBase64,omitempty"`
}

func exportedOf(d invoke.Delivery) exportedDelivery {
	x := exportedDelivery{deliveryDetails: detailsOfDelivery(d), At: instant(d.At)}
	x.Body, x.BodyText, x.BodyBase64 = payloadMembers(d.Body)
	return x
}

func (x exportedDelivery) delivery() invoke.Delivery {
	d := x.deliveryDetails.delivery()
	d.Body = payloadOf(x.Body, x.BodyText, x.BodyBase64)
	if at, err := time.Parse(time.RFC3339Nano, x.At); err == nil {
		d.At = at
	}
	return d
}

// A preparedDelivery is a delivery whose bodies are stored, ready for its rows.
type preparedDelivery struct {
	invoke.Delivery
	body    storedBody
	details []byte
	record  *prepared // of the event that it queues, nil for none
}

// prepareDeliveries does whatever of their writing needs no transaction. The events
// that they queue are hidden from the list where the event that they come of is.
func (s *Store) prepareDeliveries(list []invoke.Delivery, hidden bool) ([]preparedDelivery, error) {
	out := make([]preparedDelivery, len(list))
	for i, d := range list {
		p := &out[i]
		p.Delivery = s.privacy.delivery(d)
		var err error
		if p.body, err = s.bodies.store(p.Body); err != nil {
			return nil, err
		}
		if p.details, err = json.Marshal(detailsOfDelivery(p.Delivery)); err != nil {
			return nil, fmt.Errorf("write a delivery: %w", err)
		}
		if d.Event == nil {
			continue
		}
		rec := s.recordOf(*d.Event)
		rec.hidden = hidden || s.privacy.never(d.Event.Request)
		if p.record, err = s.prepare(rec); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) insertDeliveries(t *tx, invocation int64, list []preparedDelivery) error {
	for _, d := range list {
		_, err := t.exec(`INSERT INTO deliveries(invocation, seq, at, body, details)
			VALUES(?, 1 + coalesce((SELECT max(seq) FROM deliveries WHERE invocation = ?), 0), ?, ?, ?)`,
			invocation, invocation, nanos(d.At), d.body.column, d.details)
		if err != nil {
			return fmt.Errorf("write a delivery: %w", err)
		}
		if err := s.useFiles(t, invocation, d.body); err != nil {
			return err
		}
		if d.record == nil {
			continue
		}
		if _, err := s.insertEvent(t, *d.Event, d.record); err != nil {
			return err
		}
	}
	return nil
}

// deliveries reads what the outcomes of an invocation have sent on.
func (s *Store) deliveries(ctx context.Context, q querier, invocation int64) ([]invoke.Delivery, error) {
	rows, err := q.QueryContext(ctx, `SELECT at, body, details FROM deliveries WHERE invocation = ? ORDER BY seq`, invocation)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []invoke.Delivery
	for rows.Next() {
		var (
			at        int64
			body, raw []byte
			details   deliveryDetails
		)
		if err := rows.Scan(&at, &body, &raw); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &details); err != nil {
			return nil, fmt.Errorf("read the details of a delivery: %w", err)
		}
		d := details.delivery()
		d.At = timeOf(at)
		if d.Body, err = s.bodies.load(body); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}
