package remoteconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// DecodeError is a document that is not what the program expects.
type DecodeError struct {
	Document string // e.g. "instruments"
	Field    string // path of the offending field, e.g. "instruments[2].tick_size"; "" means the document as a whole
	Value    string // what stands there, as JSON, shortened; "" when the document is not JSON
	Problem  string // what is wrong with it
}

// Error names document, field and value.
func (e *DecodeError) Error() string {
	text := "configuration document " + strconv.Quote(e.Document)
	if e.Field != "" {
		text += ", field " + e.Field
	}
	if e.Value != "" {
		text += ", value " + e.Value
	}
	return text + ": " + e.Problem
}

// decode reads exactly one JSON value, strictly.
func decode[T any](document string, body []byte) (*T, error) {
	value := new(T)
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(value)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows after the end of the value")
		}
	}
	if err != nil {
		return nil, explain(document, body, reflect.TypeFor[T](), err)
	}
	if checked, ok := any(value).(interface{ Validate() error }); ok {
		if err := checked.Validate(); err != nil {
			return nil, &DecodeError{Document: document, Problem: err.Error()}
		}
	}
	return value, nil
}

// explain finds the field that made decoding fail, because the decoder's own errors do not say which element of a list it is
// and what stands there.
func explain(document string, body []byte, target reflect.Type, cause error) *DecodeError {
	if !json.Valid(body) {
		return &DecodeError{Document: document, Problem: "not one JSON value: " + cause.Error()}
	}
	if found := offence("", body, target); found != nil {
		found.Document = document
		return found
	}
	return &DecodeError{Document: document, Value: shorten(body), Problem: cause.Error()}
}

// offence walks value and type side by side to the first part that does not fit; nil when all do.
func offence(path string, value json.RawMessage, target reflect.Type) *DecodeError {
	for target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	custom := reflect.PointerTo(target).Implements(reflect.TypeFor[json.Unmarshaler]())
	var fields map[string]json.RawMessage
	var elements []json.RawMessage
	switch kind := target.Kind(); {
	case !custom && kind == reflect.Struct && json.Unmarshal(value, &fields) == nil:
		return offenceInStruct(path, fields, target)
	case !custom && kind == reflect.Map && json.Unmarshal(value, &fields) == nil:
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if found := offence(join(path, name), fields[name], target.Elem()); found != nil {
				return found
			}
		}
	case !custom && (kind == reflect.Slice || kind == reflect.Array) && json.Unmarshal(value, &elements) == nil:
		for i, element := range elements {
			if found := offence(fmt.Sprintf("%s[%d]", path, i), element, target.Elem()); found != nil {
				return found
			}
		}
	}
	err := json.Unmarshal(value, reflect.New(target).Interface())
	if err == nil {
		return nil
	}
	problem := err.Error()
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		problem = "want " + wrongType.Type.String()
	}
	return &DecodeError{Field: path, Value: shorten(value), Problem: problem}
}

func offenceInStruct(path string, fields map[string]json.RawMessage, target reflect.Type) *DecodeError {
	known := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(target) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = field.Name
		}
		if field.IsExported() && name != "-" {
			known[strings.ToLower(name)] = field.Type // the decoder ignores case, too
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fieldType, ok := known[strings.ToLower(name)]
		if !ok {
			return &DecodeError{Field: join(path, name), Value: shorten(fields[name]), Problem: "no such field is known"}
		}
		if found := offence(join(path, name), fields[name], fieldType); found != nil {
			return found
		}
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// shorten keeps an error on a line.
func shorten(value []byte) string {
	const most = 80
	if len(value) > most {
		return string(value[:most]) + "..."
	}
	return string(value)
}
