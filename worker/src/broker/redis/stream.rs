//! What is said to the server about one stream.

use longhaul_common::id::{BatchNumber, TaskId};
use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, Pipeline, RedisError, RedisResult, Value, cmd, pipe};

use crate::broker::{Depth, Message, PATIENCE};

/// The one group of consumers.
const GROUP: &str = "longhaul";
/// The one consumer in it.
const CONSUMER: &str = "worker";
/// The field that holds the message.
const BODY: &str = "message";
/// The field that says it was delivered before.
const AGAIN: &str = "again";
/// How many messages go to the server at once.
const AT_ONCE: usize = 1000;
/// A stream that nothing was put into for so long is removed, with all in it: seven days, in seconds.
const LIFE: u32 = 7 * 24 * 60 * 60;
/// The oldest version that cleans what is pending of entries that are gone.
const OLDEST: u64 = 7;

/// A message in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    pub(super) again: bool,
}

/// Puts messages for these batches into the stream, which is made if it isn't there.
pub(super) async fn push(
    line: &mut MultiplexedConnection,
    stream: &str,
    task: TaskId,
    batches: &[BatchNumber],
) -> RedisResult<()> {
    for batches in batches.chunks(AT_ONCE) {
        let mut pipe = Pipeline::with_capacity(batches.len() + 3);
        pipe.cmd("XGROUP").arg("CREATE").arg(stream).arg(GROUP);
        pipe.arg("0").arg("MKSTREAM");
        for batch in batches {
            let body = Message::encode(task, *batch);
            pipe.cmd("XADD").arg(stream).arg("*").arg(BODY).arg(body);
        }
        pipe.cmd("EXPIRE").arg(stream).arg(LIFE);
        pipe.cmd("PUBLISH").arg(stream).arg("");
        let answers = line.send_packed_commands(&pipe, 0, pipe.len()).await?;
        for answer in answers {
            match answer.extract_error() {
                Err(error) if error.code() == Some("BUSYGROUP") => {}
                answer => drop(answer?),
            }
        }
    }
    Ok(())
}

/// Takes one message, if one is there.
pub(super) async fn take(
    line: &mut MultiplexedConnection,
    stream: &str,
) -> RedisResult<Option<Entry>> {
    match read(line, stream).await {
        Err(error) if error.code() == Some("NOGROUP") => {}
        outcome => return outcome,
    }
    // The group is gone, perhaps with the whole stream, which is the coordinator's to make anew.
    let mut create = cmd("XGROUP");
    create.arg("CREATE").arg(stream).arg(GROUP).arg("0");
    match create.exec_async(line).await {
        Ok(()) => read(line, stream).await,
        Err(error) if error.code() == Some("BUSYGROUP") => read(line, stream).await,
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn read(line: &mut MultiplexedConnection, stream: &str) -> RedisResult<Option<Entry>> {
    let mut read = cmd("XREADGROUP");
    read.arg("GROUP")
        .arg(GROUP)
        .arg(CONSUMER)
        .arg("COUNT")
        .arg(1);
    read.arg("STREAMS").arg(stream).arg(">");
    let found = read.query_async(line).await?;
    // Of the only stream, as RESP3 tells it.
    let entries = match found {
        Value::Nil => None,
        Value::Map(streams) => streams.into_iter().next().map(|(_, entries)| entries),
        other => return Err(strange(&other)),
    };
    Ok(entries.map_or(Ok(Vec::new()), entries_of)?.pop())
}

/// The server forgets a message. What is removed first can't be left behind unseen: a message that is only pending
/// is found by whoever looks at the depth, one that is only in the stream would be counted for ever.
pub(super) async fn acknowledge(
    line: &mut MultiplexedConnection,
    stream: &str,
    id: &str,
) -> RedisResult<()> {
    let mut pipe = pipe();
    pipe.cmd("XDEL").arg(stream).arg(id);
    pipe.cmd("XACK").arg(stream).arg(GROUP).arg(id);
    pipe.exec_async(line).await
}

/// Puts back what was taken. A stream that is gone is not made anew by it.
pub(super) async fn give_back(
    line: &mut MultiplexedConnection,
    stream: &str,
    entries: &[Entry],
) -> RedisResult<()> {
    let mut pipe = pipe();
    pipe.atomic();
    for entry in entries {
        pipe.cmd("XADD").arg(stream).arg("NOMKSTREAM").arg("*");
        pipe.arg(BODY).arg(&entry.body).arg(AGAIN).arg("1");
        pipe.cmd("XDEL").arg(stream).arg(&entry.id);
        pipe.cmd("XACK").arg(stream).arg(GROUP).arg(&entry.id);
    }
    pipe.exec_async(line).await?;
    // Not within the transaction: before 7.2 a server that tells the connection itself of what it publishes there
    // does so in the middle of the answer, and every later answer on it reaches whoever asked before.
    remind(line, stream).await
}

/// Counts what is in the stream. What was taken long ago and not acknowledged was lost with its worker: it is put
/// back first, so that nothing is counted which nobody will ever perform.
pub(super) async fn depth(line: &mut MultiplexedConnection, stream: &str) -> RedisResult<Depth> {
    let stale = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
    loop {
        let mut pipe = pipe();
        // No transaction, which a server out of memory refuses. It reads these in one go, and what others do between
        // them puts a number out by one, until the next look.
        pipe.ignore_errors();
        pipe.cmd("XAUTOCLAIM").arg(stream).arg(GROUP).arg(CONSUMER);
        pipe.arg(stale).arg("0-0").arg("COUNT").arg(AT_ONCE);
        pipe.cmd("XLEN").arg(stream);
        pipe.cmd("XREVRANGE").arg(stream).arg("+").arg("-");
        pipe.arg("COUNT").arg(1);
        pipe.cmd("XINFO").arg("GROUPS").arg(stream);
        let answers: Vec<RedisResult<Value>> = pipe.query_async(line).await?;
        let Ok([claimed, length, last, groups]) = <[_; 4]>::try_from(answers) else {
            return Err(strange(&Value::Nil));
        };
        let lost = match claimed {
            Ok(Value::Array(parts)) => parts
                .into_iter()
                .nth(1)
                .map_or(Ok(Vec::new()), entries_of)?,
            Ok(other) => return Err(strange(&other)),
            Err(error) if error.code() == Some("NOGROUP") => Vec::new(),
            Err(error) => return Err(error),
        };
        if !lost.is_empty() {
            give_back(line, stream, &lost).await?;
            continue;
        }
        let length = whole(&length?)?;
        let last = entries_of(last?)?.pop().map(|entry| entry.id);
        return match groups {
            Ok(groups) => Ok(counted(length, last.as_deref(), ours(groups)?)),
            Err(error) if is_missing(&error) => Ok(counted(0, None, None)),
            Err(error) => Err(error),
        };
    }
}

/// What our group has read.
struct Group {
    pending: u64,
    last_delivered: String,
}

fn counted(length: u64, last: Option<&str>, group: Option<Group>) -> Depth {
    let Some(group) = group else {
        // Whoever takes next makes the group, and reads from the beginning.
        return Depth {
            ready: length,
            unacknowledged: Some(0),
        };
    };
    // Entries that the group has passed without anybody having them are delivered to nobody.
    let waits = last.is_some_and(|last| place(last) > place(&group.last_delivered));
    Depth {
        ready: if waits {
            length.saturating_sub(group.pending)
        } else {
            0
        },
        unacknowledged: Some(group.pending),
    }
}

/// Removes the stream with all that is in it.
pub(super) async fn remove(line: &mut MultiplexedConnection, stream: &str) -> RedisResult<()> {
    cmd("UNLINK").arg(stream).exec_async(line).await
}

/// Tells all who wait that there is something.
pub(super) async fn remind(line: &mut MultiplexedConnection, stream: &str) -> RedisResult<()> {
    cmd("PUBLISH").arg(stream).arg("").exec_async(line).await
}

/// The version the server says it has.
pub(super) async fn version(line: &mut MultiplexedConnection) -> RedisResult<String> {
    let hello: Value = cmd("HELLO").query_async(line).await?;
    let version = fields_of(hello)?
        .into_iter()
        .find_map(|(name, value)| (text(&name)? == "version").then(|| text(&value))?);
    Ok(version.unwrap_or_default())
}

/// Whether a server of this version lacks what is needed. One that can't be read may be as good as any.
pub(super) fn is_too_old(version: &str) -> bool {
    let major = version
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    major.is_some_and(|major: u64| major < OLDEST)
}

/// Does once, on a stream that holds one message, what a task will do.
pub(super) async fn try_all(line: &mut MultiplexedConnection, stream: &str) -> RedisResult<()> {
    line.subscribe(stream).await?;
    if let Some(entry) = take(line, stream).await? {
        give_back(line, stream, &[entry]).await?;
    }
    if let Some(entry) = take(line, stream).await? {
        acknowledge(line, stream, &entry.id).await?;
    }
    depth(line, stream).await.map(drop)
}

fn is_missing(error: &RedisError) -> bool {
    let detail = error.detail().unwrap_or_default();
    detail.contains("requires the key to exist") || detail.contains("no such key")
}

/// The place of an entry in its stream.
fn place(id: &str) -> Option<(u64, u64)> {
    let (time, count) = id.split_once('-')?;
    Some((time.parse().ok()?, count.parse().ok()?))
}

/// Our group among those of a stream.
fn ours(groups: Value) -> RedisResult<Option<Group>> {
    let Value::Array(groups) = groups else {
        return Err(strange(&groups));
    };
    for group in groups {
        let (mut name, mut pending, mut last_delivered) = (None, None, None);
        for (field, value) in fields_of(group)? {
            match text(&field).as_deref() {
                Some("name") => name = text(&value),
                Some("pending") => pending = Some(whole(&value)?),
                Some("last-delivered-id") => last_delivered = text(&value),
                Some(_) | None => {}
            }
        }
        if name.as_deref() == Some(GROUP)
            && let (Some(pending), Some(last_delivered)) = (pending, last_delivered)
        {
            return Ok(Some(Group {
                pending,
                last_delivered,
            }));
        }
    }
    Ok(None)
}

/// The entries in an answer. What has no message of ours in it is one without a word.
fn entries_of(answer: Value) -> RedisResult<Vec<Entry>> {
    let Value::Array(entries) = answer else {
        return Err(strange(&answer));
    };
    let mut read = Vec::with_capacity(entries.len());
    for entry in entries {
        let Value::Array(parts) = entry else {
            return Err(strange(&entry));
        };
        let mut parts = parts.into_iter();
        let id = parts.next().as_ref().and_then(text);
        let (Some(id), Some(fields)) = (id, parts.next()) else {
            return Err(strange(&Value::Nil));
        };
        let mut entry = Entry {
            id,
            body: Vec::new(),
            again: false,
        };
        for (field, value) in fields_of(fields)? {
            match (bytes(&field), bytes(&value)) {
                (Some(field), Some(value)) if field == BODY.as_bytes() => {
                    entry.body = value.to_vec();
                }
                (Some(field), Some(_)) if field == AGAIN.as_bytes() => entry.again = true,
                _ => {}
            }
        }
        read.push(entry);
    }
    Ok(read)
}

/// Pairs, which the server tells as a map or one after the other.
fn fields_of(value: Value) -> RedisResult<Vec<(Value, Value)>> {
    match value {
        Value::Map(pairs) => Ok(pairs),
        Value::Array(mut flat) => {
            let mut pairs = Vec::with_capacity(flat.len() / 2);
            let mut flat = flat.drain(..);
            while let (Some(field), Some(value)) = (flat.next(), flat.next()) {
                pairs.push((field, value));
            }
            Ok(pairs)
        }
        other => Err(strange(&other)),
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    String::from_utf8(bytes(value)?.to_vec()).ok()
}

fn whole(value: &Value) -> RedisResult<u64> {
    match value {
        Value::Int(number) => Ok(u64::try_from(*number).unwrap_or(0)),
        other => Err(strange(other)),
    }
}

fn strange(value: &Value) -> RedisError {
    (
        ErrorKind::UnexpectedReturnType,
        "unexpected answer",
        format!("the server answers {value:?}"),
    )
        .into()
}
