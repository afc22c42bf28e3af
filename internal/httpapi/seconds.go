package httpapi

import (
	"reflect"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/httpapi/bind"
)

// cutToSeconds truncates every time in a response to whole seconds, because
// programs expect times without fractions. v points to the response. No other
// goroutine may use the response at the same time.
func cutToSeconds(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			cutToSeconds(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		if hasMoments(v.Type().Elem()) {
			for i := range v.Len() {
				cutToSeconds(v.Index(i))
			}
		}
	case reflect.Struct:
		if !hasMoments(v.Type()) {
			return
		}
		if v.Type() == bind.TimeType {
			if v.CanSet() {
				at, _ := reflect.TypeAssert[time.Time](v)
				v.Set(reflect.ValueOf(at.Truncate(time.Second)))
			}
			return
		}
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() || v.Type().Field(i).Anonymous {
				cutToSeconds(field)
			}
		}
	default:
	}
}

// momentTypes caches for each type whether it can contain a time.
var momentTypes sync.Map

func hasMoments(t reflect.Type) bool {
	if known, ok := momentTypes.Load(t); ok {
		return known.(bool) //nolint:forcetypeassert // the map contains only booleans
	}
	found := holdsMoment(t, map[reflect.Type]bool{})
	momentTypes.Store(t, found)
	return found
}

// holdsMoment reports whether a type can contain a time. visited contains the
// types that are already being checked, because a type may contain itself.
func holdsMoment(t reflect.Type, visited map[reflect.Type]bool) bool {
	if t == bind.TimeType || t.Kind() == reflect.Interface {
		return true
	}
	if visited[t] {
		return false
	}
	visited[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return holdsMoment(t.Elem(), visited)
	case reflect.Struct:
		for field := range t.Fields() {
			if holdsMoment(field.Type, visited) {
				return true
			}
		}
	default:
	}
	return false
}
