// Sends events through fluent-logger-golang, the client inside Docker's fluentd log driver. See ../README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluent/fluent-logger-golang/fluent"
)

type options struct {
	Port      int    `json:"port"`
	Tag       string `json:"tag"`
	Count     int    `json:"count"`
	Pause     bool   `json:"pause"`
	Ack       bool   `json:"ack"`
	Async     bool   `json:"async"`
	SubSecond bool   `json:"sub_second"`
}

func main() {
	var o options
	check(json.Unmarshal([]byte(os.Args[1]), &o))
	logger, err := fluent.New(fluent.Config{
		FluentHost:         "127.0.0.1",
		FluentPort:         o.Port,
		RequestAck:         o.Ack,
		Async:              o.Async,
		SubSecondPrecision: o.SubSecond,
		BufferLimit:        o.Count,
		RetryWait:          100,
		MaxRetryWait:       500,
		MaxRetry:           1000,
		AsyncResultCallback: func(_ []byte, err error) {
			if err != nil {
				fmt.Println("error:", err)
			}
		},
	})
	check(err)
	for n := 0; n < o.Count; n++ {
		if o.Pause && n == o.Count/2 {
			fmt.Println("half")
			_, err := bufio.NewReader(os.Stdin).ReadString('\n')
			check(err)
		}
		check(logger.Post(o.Tag, map[string]interface{}{"n": n, "text": fmt.Sprintf("event %d 안녕", n)}))
	}
	check(logger.Close())
	fmt.Println("done")
}

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}
