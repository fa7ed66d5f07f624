// Sends events through go-lumber, the client inside every Beat. See ../../README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	lumber "github.com/elastic/go-lumber/client/v2"
)

type options struct {
	Port     int    `json:"port"`
	Tag      string `json:"tag"`
	Count    int    `json:"count"`
	Pause    bool   `json:"pause"`
	Window   int    `json:"window"`
	Inflight int    `json:"inflight"`
	Compress int    `json:"compress"`
}

func main() {
	var o options
	check(json.Unmarshal([]byte(os.Args[1]), &o))
	events := make([]interface{}, o.Count)
	for n := range events {
		events[n] = event(o.Tag, n)
	}
	half := 0
	if o.Pause {
		half = o.Count / 2
	}
	send(o, events[:half])
	if o.Pause {
		fmt.Println("half")
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		check(err)
	}
	send(o, events[half:])
	fmt.Println("done")
}

// As Filebeat writes a line of a file.
func event(tag string, n int) map[string]interface{} {
	return map[string]interface{}{
		"@timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"@metadata":  map[string]interface{}{"beat": "filebeat", "type": "_doc", "version": "8.17.0"},
		"message":    fmt.Sprintf("event %d", n),
		"log":        map[string]interface{}{"offset": n * 100, "file": map[string]interface{}{"path": "/srv/" + tag + ".log"}},
		"agent":      map[string]interface{}{"id": tag, "type": "filebeat"},
		"tag":        tag,
		"n":          n,
		"text":       fmt.Sprintf("event %d 안녕", n),
	}
}

// Sends all of them, and those again that were not acknowledged when a connection broke: as libbeat does.
func send(o options, events []interface{}) {
	for len(events) > 0 {
		acked, err := attempt(o, events)
		events = events[acked:]
		if err != nil {
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// How many of them are acknowledged, from the first on, before something fails.
func attempt(o options, events []interface{}) (int, error) {
	address := fmt.Sprintf("127.0.0.1:%d", o.Port)
	settings := []lumber.Option{lumber.CompressionLevel(o.Compress), lumber.Timeout(30 * time.Second)}
	if o.Inflight == 0 {
		client, err := lumber.SyncDial(address, settings...)
		if err != nil {
			return 0, err
		}
		defer client.Close()
		acked := 0
		for acked < len(events) {
			n, err := client.Send(next(o, events[acked:]))
			acked += n
			if err != nil {
				return acked, err
			}
		}
		return acked, nil
	}
	client, err := lumber.AsyncDial(address, o.Inflight, settings...)
	if err != nil {
		return 0, err
	}
	type answer struct {
		acked int
		err   error
	}
	answers := make(chan answer, len(events))
	windows := 0
	for sent := 0; sent < len(events); windows++ {
		window := next(o, events[sent:])
		sent += len(window)
		err := client.Send(func(seq uint32, err error) { answers <- answer{int(seq), err} }, window)
		if err != nil {
			windows++
			break
		}
	}
	acked := 0
	var failed error
	for ; windows > 0; windows-- {
		a := <-answers
		if failed == nil {
			acked += a.acked
			failed = a.err
		}
	}
	client.Close()
	return acked, failed
}

func next(o options, events []interface{}) []interface{} {
	return events[:min(o.Window, len(events))]
}

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}
