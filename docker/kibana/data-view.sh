#!/bin/bash
# Makes the data view docker-logs-* with @timestamp in Kibana, and the default one. Can be repeated: `override` replaces
# one of the same title. (Kibana's API: POST /api/data_views/data_view, POST /api/data_views/default.)
set -euo pipefail

post() {
  curl --fail-with-body --silent --show-error --retry 10 --retry-delay 3 --retry-connrefused \
    --request POST "$KIBANA_URL$1" --header 'kbn-xsrf: longshore' --header 'content-type: application/json' --data "$2"
  echo
}

post /api/data_views/data_view '{
  "override": true,
  "data_view": { "id": "docker-logs", "name": "Longshore", "title": "docker-logs-*", "timeFieldName": "@timestamp" }
}'
post /api/data_views/default '{ "data_view_id": "docker-logs", "force": true }'
