# A throwaway Apache Kafka for the benchmarks, one JVM on free loopback ports. Sourced after cluster.sh;
# its folder lies in $work.

# kafka_start TOPIC: sets `broker`, host:port; the topic has one partition, so that order can be told.
kafka_start() {
  local jars controller
  jars=$(tests/kafka/fetch.sh)
  broker=127.0.0.1:$(free_port) controller=127.0.0.1:$(free_port)
  mkdir "$work/kafka"
  cat >"$work/kafka/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$controller
listeners=PLAINTEXT://$broker,CONTROLLER://$controller
advertised.listeners=PLAINTEXT://$broker
controller.listener.names=CONTROLLER
log.dirs=$work/kafka/data
num.partitions=1
auto.create.topics.enable=true
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
PROPERTIES
  java=(java -Xmx${kafka_heap:-512m} -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars/*")
  "${java[@]}" kafka.tools.StorageTool format --cluster-id bGF3dGFpbC1iZW5jaC0wMQ \
    --config "$work/kafka/server.properties" >/dev/null 2>"$work/kafka/format.log"
  kafka_run "$1"
}
# kafka_run TOPIC: the same broker again, in the same folder and on the same ports.
kafka_run() {
  "${java[@]}" kafka.Kafka "$work/kafka/server.properties" >>"$work/kafka/log" 2>&1 &
  pid_of_kafka=$!
  # What makes the topic also shows that messages are taken.
  until echo first | kcat -q -P -b "$broker" -t "$1" -X message.timeout.ms=5000 2>/dev/null; do
    sleep 1; kill -0 "$pid_of_kafka" || { tail -5 "$work/kafka/log" >&2; return 1; }
  done
}
kafka_stop() {
  [ -n "${pid_of_kafka:-}" ] || return 0
  kill -KILL "$pid_of_kafka" 2>/dev/null || true
  wait "$pid_of_kafka" 2>/dev/null || true
  pid_of_kafka=
}
