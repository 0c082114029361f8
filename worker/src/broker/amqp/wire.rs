//! The bytes between us and a broker. The client sees a stream; we hear whether the other end is alive, what it said
//! first, and can hang up without asking anybody.

use std::fmt;
use std::io;
use std::net::{Shutdown, TcpStream as Socket};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// How much of what was said first is kept.
const GREETING: usize = 4096;

/// A plain or a sealed connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The client's end.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    ear: Arc<Ear>,
}

/// Our own.
#[derive(Debug)]
pub(super) struct Ear {
    socket: Socket,
    heard: AtomicU64,
    greeting: Mutex<Vec<u8>>,
    over: watch::Sender<bool>,
}

impl Wire {
    /// `socket` is another handle on what `stream` goes through.
    pub(super) fn new(stream: Box<dyn Stream>, socket: Socket) -> (Self, Arc<Ear>) {
        let ear = Arc::new(Ear {
            socket,
            heard: AtomicU64::new(0),
            greeting: Mutex::default(),
            over: watch::Sender::new(false),
        });
        let wire = Self {
            stream,
            ear: Arc::clone(&ear),
        };
        (wire, ear)
    }
}

impl Ear {
    /// How many bytes came so far.
    pub(super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// What came first.
    pub(super) fn greeting(&self) -> Vec<u8> {
        let greeting = self.greeting.lock();
        greeting.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it. Both ends find out at once; the client then says so to all that wait.
    pub(super) fn hang_up(&self) {
        // What is not connected any more is over already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Whether the client has let go of it.
    pub(super) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Waits until the client has let go of it.
    pub(super) async fn over(&self) {
        // The sender lives as long as we do.
        let _ = self.over.subscribe().wait_for(|over| *over).await;
    }

    fn hear(&self, bytes: &[u8]) {
        let before = self.heard.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if before < GREETING as u64 {
            let mut greeting = self.greeting.lock().unwrap_or_else(PoisonError::into_inner);
            let room = GREETING.saturating_sub(greeting.len()).min(bytes.len());
            greeting.extend_from_slice(&bytes[..room]);
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.ear.over.send_replace(true);
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl futures_io::AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
        read.map_ok(|()| {
            self.ear.hear(buffer.filled());
            buffer.filled().len()
        })
    }
}

impl futures_io::AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
