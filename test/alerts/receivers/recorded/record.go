// What Alertmanager sends for an entry of a receiver: writes `payloads.jsonl`, one case a line.
//
// Recorded with Alertmanager 0.33.1, inside of its module (the receivers are asked directly):
//
//	mkdir cmd/record && cp record.go cmd/record/ && go run ./cmd/record cases.yaml > payloads.jsonl
//
// Whatever address a receiver has, it reaches a server of this program: names are not looked up. `answers` of a case are
// what that server says, by a part of the path; `{}` where there is none. Where names are looked up all the same (AWS, OAuth2)
// a case has `here.test`, which is replaced by that server's address, and back again.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v2"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
)

type Case struct {
	ID      string            `yaml:"id" json:"id"`
	List    string            `yaml:"list" json:"list"`
	Global  string            `yaml:"global" json:"global,omitempty"`
	Entry   string            `yaml:"entry" json:"entry"`
	Alerts  []string          `yaml:"alerts" json:"alerts"`
	Times   int               `yaml:"times" json:"times,omitempty"`
	Answers map[string]string `yaml:"answers" json:"answers,omitempty"`
}

type Request struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
}

type Recorded struct {
	Case
	Requests []Request `json:"requests"`
	Error    string    `json:"error,omitempty"`
}

type Alert struct {
	Labels      map[string]string `yaml:"labels" json:"labels"`
	Annotations map[string]string `yaml:"annotations" json:"annotations"`
	StartsAt    time.Time         `yaml:"startsAt" json:"startsAt"`
	EndsAt      *time.Time        `yaml:"endsAt" json:"endsAt"`
}

type File struct {
	Alerts map[string]Alert `yaml:"alerts"`
	Cases  []Case           `yaml:"cases"`
}

var interesting = []string{"Authorization", "Content-Type", "X-Auth-Token", "X-User-Id", "Accept-Language", "X-Team"}

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var file File
	check(yaml.Unmarshal(text, &file))
	for _, one := range file.Cases {
		out, err := json.Marshal(record(one, file.Alerts))
		check(err)
		fmt.Println(string(out))
	}
}

func record(one Case, known map[string]Alert) Recorded {
	var mutex sync.Mutex
	requests := []Request{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		headers := map[string]string{}
		for _, name := range interesting {
			if value := strings.Join(r.Header.Values(name), ", "); value != "" {
				headers[name] = value
			}
		}
		mutex.Lock()
		requests = append(requests, Request{r.Method, scheme + "://" + named(r) + r.URL.RequestURI(), headers, parsed(body, headers["Content-Type"])})
		mutex.Unlock()
		w.Header().Set("Content-Type", "application/json")
		for part, answer := range one.Answers {
			if strings.Contains(r.URL.Path, part) {
				io.WriteString(w, answer)
				return
			}
		}
		io.WriteString(w, "{}")
	})
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		to := plain.Listener.Addr().String()
		if strings.HasSuffix(address, ":443") {
			to = secure.Listener.Addr().String()
		}
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}
	trust := func(_ context.Context, _ *commoncfg.TLSConfig, _ ...commoncfg.TLSConfigOption) (*tls.Config, error) {
		return &tls.Config{InsecureSkipVerify: true}, nil
	}
	text := one.Global + "\nroute: { receiver: team }\nreceivers:\n- name: team\n  " + one.List + ":\n  - " +
		strings.ReplaceAll(strings.TrimSpace(one.Entry), "\n", "\n    ") + "\n"
	conf, err := config.Load(strings.ReplaceAll(text, "http://here.test", plain.URL))
	check(err)
	tmpl, err := template.FromGlobs(nil)
	check(err)
	tmpl.ExternalURL, _ = url.Parse("http://here")
	made, err := receiver.BuildReceiverIntegrations(conf.Receivers[0], tmpl, slog.New(slog.NewTextHandler(io.Discard, nil)),
		commoncfg.WithDialContextFunc(dial), commoncfg.WithNewTLSConfigFunc(trust))
	check(err)
	alerts := []*alert.Alert{}
	for _, name := range one.Alerts {
		alerts = append(alerts, alertOf(known[name]))
	}
	ctx := notify.WithGroupKey(context.Background(), `{}:{alertname="HighCPU"}`)
	ctx = notify.WithGroupLabels(ctx, model.LabelSet{"alertname": "HighCPU"})
	ctx = notify.WithReceiverName(ctx, "team")
	ctx = notify.WithNow(ctx, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	ctx = notify.WithNflogStore(ctx, nflog.NewStore(nil))
	recorded := Recorded{Case: one}
	for range max(1, one.Times) {
		if _, err := made[0].Notify(ctx, alerts...); err != nil {
			recorded.Error = err.Error()
		}
	}
	recorded.Requests = requests
	return recorded
}

func named(r *http.Request) string {
	if r.TLS == nil && strings.HasPrefix(r.Host, "127.0.0.1:") {
		return "here.test"
	}
	return r.Host
}

func alertOf(one Alert) *alert.Alert {
	labels, annotations := model.LabelSet{}, model.LabelSet{}
	for name, value := range one.Labels {
		labels[model.LabelName(name)] = model.LabelValue(value)
	}
	for name, value := range one.Annotations {
		annotations[model.LabelName(name)] = model.LabelValue(value)
	}
	made := &alert.Alert{Alert: model.Alert{Labels: labels, Annotations: annotations, StartsAt: one.StartsAt}}
	if one.EndsAt != nil {
		made.EndsAt = *one.EndsAt
	}
	return made
}

// JSON as what it says, forms as their pairs.
func parsed(body []byte, contentType string) any {
	var value any
	if strings.Contains(contentType, "form-urlencoded") {
		pairs, _ := url.ParseQuery(string(body))
		return pairs
	}
	if json.NewDecoder(bytes.NewReader(body)).Decode(&value) != nil {
		return string(body)
	}
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
