package remoteconfig

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// DecodeError is a document that is not what the program expects.
type DecodeError struct {
	Document string // e.g. "instruments"
	Field    string // JSON pointer (RFC 6901) to what offends, e.g. "/instruments/2/tick_size"; "" means the document as a whole
	Value    string // what stands there, as JSON, shortened
	Problem  string // what is wrong with it
}

// Error names document, field and value.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("configuration document %q, field %q is %s: %s", e.Document, e.Field, e.Value, e.Problem)
}

// decode reads exactly one JSON value, strictly.
func decode[T any](document string, body []byte) (*T, error) {
	value := new(T)
	err := json.Unmarshal(body, value, json.RejectUnknownMembers(true), json.MatchCaseInsensitiveNames(true))
	if checked, ok := any(value).(interface{ Validate() error }); ok && err == nil {
		err = checked.Validate()
	}
	if err == nil {
		return value, nil
	}
	refused := &DecodeError{Document: document, Value: shorten(body), Problem: err.Error()}
	if misfit, ok := errors.AsType[*json.SemanticError](err); ok {
		refused.Field, refused.Value = string(misfit.JSONPointer), shorten(standing(body, misfit))
	}
	return nil, refused
}

// standing is the value that a decoder stopped at; of a member with an unknown name it stopped before the name.
func standing(body []byte, at *json.SemanticError) []byte {
	rest := body[at.ByteOffset:]
	value, _ := jsontext.NewDecoder(bytes.NewReader(rest)).ReadValue()
	if errors.Is(at.Err, json.ErrUnknownName) {
		rest = bytes.TrimLeft(rest[len(value):], ": \t\r\n")
		value, _ = jsontext.NewDecoder(bytes.NewReader(rest)).ReadValue()
	}
	if len(value) == 0 { // it stopped at the end of a list, say
		return rest
	}
	return value
}

// shorten keeps an error on a line.
func shorten(value []byte) string { return string(value[:min(len(value), 80)]) }
