//! Calls by kernel id: the runtime trait of the design notes, on top of [`RingKernelRuntime`].
//!
//! Import this trait *instead of* [`RingKernelRuntime`]: some names are the same and the arguments differ.

use std::time::Duration;

use ringkernel_abi::UNSPECIFIED_TENANT;

use crate::error::{Result, RingKernelError};
use crate::message::RingMessage;
use crate::runtime::{
    KernelHandle, KernelId, KernelMetrics, KernelStatus, LaunchOptions, RingKernelRuntime, SendError,
};
use crate::telemetry::TelemetrySnapshot;
use crate::types::Dim3;

/// Typed calls by kernel id.
///
/// Every method that takes an id gives [`RingKernelError::KernelNotFound`] for one that is not running.
pub trait RuntimeExt: Send + Sync {
    /// Backend identifier in lower case: "cpu", "cuda", "metal" or "wgpu".
    fn backend_name(&self) -> &'static str;

    /// Launches a kernel with these dimensions, initially inactive.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] when a dimension other than x is not 1, and those of
    /// [`RingKernelRuntime::launch`].
    fn launch(
        &self,
        kernel_id: &str,
        grid_size: Dim3,
        block_size: Dim3,
        options: LaunchOptions,
    ) -> impl Future<Output = Result<KernelHandle>> + Send;

    /// Begins processing.
    ///
    /// # Errors
    /// As [`KernelHandle::activate`].
    fn activate(&self, kernel_id: &str) -> impl Future<Output = Result<()>> + Send;

    /// Pauses, preserving state.
    ///
    /// # Errors
    /// As [`KernelHandle::deactivate`].
    fn deactivate(&self, kernel_id: &str) -> impl Future<Output = Result<()>> + Send;

    /// Ends the kernel and frees its resources.
    ///
    /// # Errors
    /// As [`KernelHandle::terminate`].
    fn terminate(&self, kernel_id: &str) -> impl Future<Output = Result<()>> + Send;

    /// Sends a message.
    ///
    /// # Errors
    /// As [`KernelHandle::send`]; the message comes back.
    fn send<T: RingMessage>(
        &self,
        kernel_id: &str,
        message: T,
    ) -> impl Future<Output = Result<(), SendError<T>>> + Send;

    /// Receives a message of type `T`.
    ///
    /// # Errors
    /// As [`KernelHandle::receive_timeout`] and [`KernelHandle::receive_as`].
    fn receive<T: RingMessage>(
        &self,
        kernel_id: &str,
        timeout: Duration,
    ) -> impl Future<Output = Result<T>> + Send;

    /// The kernel's status.
    ///
    /// # Errors
    /// [`RingKernelError::KernelNotFound`].
    fn status(&self, kernel_id: &str) -> impl Future<Output = Result<KernelStatus>> + Send;

    /// The kernel's figures.
    ///
    /// # Errors
    /// [`RingKernelError::KernelNotFound`].
    fn metrics(&self, kernel_id: &str) -> impl Future<Output = Result<KernelMetrics>> + Send;

    /// The kernel's counters and latencies; reading them takes under a microsecond.
    ///
    /// # Errors
    /// [`RingKernelError::KernelNotFound`].
    fn telemetry(&self, kernel_id: &str) -> impl Future<Output = Result<TelemetrySnapshot>> + Send;

    /// The ids of the running kernels, sorted.
    ///
    /// # Errors
    /// None today; the signature leaves room for remote runtimes.
    fn list_kernels(&self) -> impl Future<Output = Result<Vec<String>>> + Send;
}

impl<R: RingKernelRuntime + ?Sized> RuntimeExt for R {
    fn backend_name(&self) -> &'static str {
        use crate::runtime::Backend::{Auto, Cpu, Cuda, Metal, Wgpu};
        match self.backend() {
            Cpu => "cpu",
            Cuda => "cuda",
            Metal => "metal",
            Wgpu => "wgpu",
            Auto => "auto",
        }
    }

    async fn launch(
        &self,
        kernel_id: &str,
        grid_size: Dim3,
        block_size: Dim3,
        options: LaunchOptions,
    ) -> Result<KernelHandle> {
        let options = options
            .with_grid_size(linear("grid_size", grid_size)?)
            .with_block_size(linear("block_size", block_size)?)
            .without_auto_activate();
        RingKernelRuntime::launch(self, kernel_id, options).await
    }

    async fn activate(&self, kernel_id: &str) -> Result<()> {
        running(self, kernel_id)?.activate().await
    }

    async fn deactivate(&self, kernel_id: &str) -> Result<()> {
        running(self, kernel_id)?.deactivate().await
    }

    async fn terminate(&self, kernel_id: &str) -> Result<()> {
        running(self, kernel_id)?.terminate().await
    }

    async fn send<T: RingMessage>(&self, kernel_id: &str, message: T) -> Result<(), SendError<T>> {
        match running(self, kernel_id) {
            Ok(kernel) => kernel.send(message).await,
            Err(error) => Err(SendError { message, error }),
        }
    }

    async fn receive<T: RingMessage>(&self, kernel_id: &str, timeout: Duration) -> Result<T> {
        running(self, kernel_id)?.receive_timeout(timeout).await?.decode()
    }

    async fn status(&self, kernel_id: &str) -> Result<KernelStatus> {
        Ok(running(self, kernel_id)?.status())
    }

    async fn metrics(&self, kernel_id: &str) -> Result<KernelMetrics> {
        Ok(running(self, kernel_id)?.metrics())
    }

    async fn telemetry(&self, kernel_id: &str) -> Result<TelemetrySnapshot> {
        Ok(running(self, kernel_id)?.telemetry())
    }

    async fn list_kernels(&self) -> Result<Vec<String>> {
        Ok(RingKernelRuntime::list_kernels(self).iter().map(ToString::to_string).collect())
    }
}

fn running<R: RingKernelRuntime + ?Sized>(runtime: &R, kernel_id: &str) -> Result<KernelHandle> {
    runtime.kernels().find(UNSPECIFIED_TENANT, &KernelId::from(kernel_id))
}

fn linear(option: &str, size: Dim3) -> Result<u32> {
    if size.y == 1 && size.z == 1 {
        return Ok(size.x);
    }
    Err(RingKernelError::InvalidConfig(format!(
        "{option} is {}x{}x{}; kernels are one-dimensional, write Dim3::linear(n)",
        size.x, size.y, size.z
    )))
}
