package document

// A broken document is best refused where it is edited: these checks name the line and the column.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// check says what is wrong with the text of a document: it must be one JSON object, in which no field stands twice.
func check(text []byte) error {
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("%s: %w", position(text, syntax.Offset), err)
		}
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	token, err := decoder.Token()
	if err == nil && token != json.Delim('{') {
		return fmt.Errorf("%s: want one JSON object, found %v", position(text, decoder.InputOffset()), token)
	}
	if err != nil {
		return err
	}
	return checkObject(decoder, text)
}

// checkObject reads an object whose opening brace has been read.
func checkObject(decoder *json.Decoder, text []byte) error {
	fields := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		field, _ := token.(string)
		if fields[field] {
			return fmt.Errorf("%s: field %q stands twice in one object", position(text, decoder.InputOffset()), field)
		}
		fields[field] = true
		if err := checkValue(decoder, text); err != nil {
			return err
		}
	}
	_, err := decoder.Token()
	return err
}

func checkValue(decoder *json.Decoder, text []byte) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return checkObject(decoder, text)
	case json.Delim('['):
		for decoder.More() {
			if err := checkValue(decoder, text); err != nil {
				return err
			}
		}
		_, err = decoder.Token()
	}
	return err
}

// position gives "line 3, column 14" of a byte offset.
func position(text []byte, offset int64) string {
	before := text[:min(max(offset, 0), int64(len(text)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return fmt.Sprintf("line %d, column %d", line, max(column, 1))
}
