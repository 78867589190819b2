#!/bin/sh
# lifeline LOG PREFIX COMMAND...: prints the process id of COMMAND and runs it until it ends or until standard
# input does. Then the whole process group of COMMAND is killed and its shared memory, /dev/shm/PREFIX*, is removed.
# Standard input is a pipe that a test's JVM holds: however that JVM dies, the pipe ends.
log=$1
prefix=$2
shift 2
exec 3<&0
# A session of its own, and so a process group with the id of its leader; the server's stubs stay in it.
setsid "$@" < /dev/null > "$log" 2>&1 3<&- &
server=$!
(
  cat <&3
  # Before setsid has run there is no such group yet.
  kill -s KILL -- "-$server" || kill -s KILL "$server"
) > /dev/null 2>&1 &
watcher=$!
echo "$server"
wait "$server"
status=$?
kill "$watcher" 2> /dev/null
# A crashed server leaves stubs that were executing, and their files, behind.
kill -s KILL -- "-$server" 2> /dev/null
rm -f "/dev/shm/$prefix"*
exit "$status"
