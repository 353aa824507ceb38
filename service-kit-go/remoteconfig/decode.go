package remoteconfig

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// DecodeError is a document that is not what the program expects.
type DecodeError struct {
	Document string // e.g. "instruments"
	Field    string // path of the offending field, e.g. "instruments[2].tick_size"; "" means the document as a whole
	Value    string // what stands there, as JSON, shortened
	Problem  string // what is wrong with it
}

// Error names document, field and value.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("configuration document %q, field %q is %s: %s", e.Document, e.Field, e.Value, e.Problem)
}

// decode reads exactly one JSON value, strictly, into what target points to.
func decode(document string, body []byte, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(target)
	if _, more := decoder.Token(); err == nil && more != io.EOF {
		err = fmt.Errorf("something follows after the end of the value, at byte %d", decoder.InputOffset())
	}
	if checked, ok := target.(interface{ Validate() error }); ok && err == nil {
		err = checked.Validate()
	}
	if err == nil {
		return nil
	}
	// The decoder's own error does not say which element of a list is meant, and what stands there.
	found := misfit("", body, reflect.TypeOf(target))
	if found == nil || !json.Valid(body) {
		found = &DecodeError{Value: shorten(body), Problem: err.Error()}
	}
	found.Document = document
	return found
}

// misfit walks value and type side by side to the first part that does not fit; nil when all do.
func misfit(path string, value json.RawMessage, target reflect.Type) *DecodeError {
	for target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	var fields map[string]json.RawMessage
	var elements []json.RawMessage
	switch kind := target.Kind(); {
	case reflect.PointerTo(target).Implements(reflect.TypeFor[json.Unmarshaler]()): // what lies below is its own affair
	case kind == reflect.Struct, kind == reflect.Map:
		_ = json.Unmarshal(value, &fields) // no fields in what is no object: it does not fit itself
	case kind == reflect.Slice, kind == reflect.Array:
		_ = json.Unmarshal(value, &elements)
	}
	for i, element := range elements {
		if found := misfit(fmt.Sprintf("%s[%d]", path, i), element, target.Elem()); found != nil {
			return found
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		below := strings.TrimPrefix(path+"."+name, ".")
		inner := typeOf(name, target)
		if inner == nil {
			return &DecodeError{Field: below, Value: shorten(fields[name]), Problem: "no such field is known"}
		}
		if found := misfit(below, fields[name], inner); found != nil {
			return found
		}
	}
	if err := json.Unmarshal(value, reflect.New(target).Interface()); err != nil {
		return &DecodeError{Field: path, Value: shorten(value), Problem: err.Error()}
	}
	return nil
}

// typeOf returns the type of a field by its name in JSON, whose case the decoder ignores, or of a map's values; nil when a
// struct has no such field.
func typeOf(name string, target reflect.Type) reflect.Type {
	if target.Kind() == reflect.Map {
		return target.Elem()
	}
	for _, field := range reflect.VisibleFields(target) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.IsExported() && strings.EqualFold(name, cmp.Or(tag, field.Name)) {
			return field.Type
		}
	}
	return nil
}

// shorten keeps an error on a line.
func shorten(value []byte) string { return string(value[:min(len(value), 80)]) }
