//! A device with a context, and what tests do with it.

use std::ffi::{CString, c_void};
use std::ptr::null_mut;
use std::sync::Once;

use cudarc::driver::{DriverError, result, sys};
use cudarc::nvrtc;
use ringkernel_cuda_sim::Libraries;

/// Loads the libraries.
pub(crate) fn load() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let libraries = Libraries::build().expect("the libraries can be built");
        libraries.load().expect("the libraries can be loaded");
        result::init().expect("the driver starts");
    });
}

/// A context of its own on the simulated device, current on the thread that made it.
pub(crate) struct Device {
    context: sys::CUcontext,
    pub(crate) stream: sys::CUstream,
}

impl Device {
    pub(crate) fn open() -> Self {
        load();
        let mut context = null_mut();
        // SAFETY: The context is written to a local.
        unsafe { sys::cuCtxCreate_v2(&raw mut context, 0, 0) }.result().expect("a context");
        let stream = result::stream::create(result::stream::StreamKind::NonBlocking).expect("a stream");
        Self { context, stream }
    }

    /// Compiles a text and gives its kernel of this name.
    pub(crate) fn kernel(&self, text: &str, name: &str) -> sys::CUfunction {
        let image = compile(text).unwrap_or_else(|log| panic!("{log}"));
        let image = image.as_ptr().cast();
        // SAFETY: The image is one that the compiler has made.
        let module = unsafe { result::module::load_data(image) }.expect("a module");
        let name = CString::new(name).expect("a name");
        // SAFETY: The module is a loaded one.
        unsafe { result::module::get_function(module, name) }.expect("the kernel")
    }

    /// Launches a cooperative grid.
    pub(crate) fn launch(
        &self,
        kernel: sys::CUfunction,
        blocks: u32,
        lanes: u32,
        argument: u64,
    ) -> Result<(), DriverError> {
        let mut argument = argument;
        let mut arguments = [(&raw mut argument).cast::<c_void>()];
        // SAFETY: The kernel takes one word, and the driver reads it before it returns.
        unsafe {
            result::launch_cooperative_kernel(
                kernel,
                (blocks, 1, 1),
                (lanes, 1, 1),
                0,
                self.stream,
                &mut arguments,
            )
        }
    }

    /// Waits for what has been launched.
    pub(crate) fn wait(&self) -> Result<(), DriverError> {
        // SAFETY: The stream is the one that was created with the context.
        unsafe { result::stream::synchronize(self.stream) }
    }

    /// Words of page-locked memory that the device sees. They stay until the context ends.
    pub(crate) fn mapped(&self, words: usize) -> *mut u32 {
        let flags = sys::CU_MEMHOSTALLOC_DEVICEMAP | sys::CU_MEMHOSTALLOC_PORTABLE;
        // SAFETY: The flags are known ones.
        let memory: *mut u32 = unsafe { result::malloc_host(words * 4, flags) }.expect("memory").cast();
        // SAFETY: There are as many words as have been allocated.
        unsafe { memory.write_bytes(0, words) };
        memory
    }

    /// Words of device memory.
    pub(crate) fn words(&self, words: usize) -> u64 {
        // SAFETY: A context is current.
        unsafe { result::malloc_sync(words * 4) }.expect("memory")
    }

    /// Words of device memory that are zero.
    pub(crate) fn zeroed(&self, words: usize) -> u64 {
        let address = self.words(words);
        // SAFETY: There are as many bytes.
        unsafe { result::memset_d8_sync(address, 0, words * 4) }.expect("it is filled");
        address
    }

    /// Frees device memory.
    pub(crate) fn free(&self, address: u64) {
        // SAFETY: The driver knows which addresses are those of allocations.
        unsafe { result::free_sync(address) }.expect("it is freed");
    }

    /// What words of device memory hold.
    pub(crate) fn read(&self, address: u64, words: usize) -> Vec<u32> {
        let mut values = vec![0u32; words];
        // SAFETY: The vector has as many words as are copied.
        unsafe { result::memcpy_dtoh_sync(&mut values, address) }.expect("a copy");
        values
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: The context is the one that was created, and nothing uses it after this.
        let _ = unsafe { sys::cuCtxDestroy_v2(self.context) };
    }
}

/// A cubin of a text, or what the compiler says.
pub(crate) fn compile(text: &str) -> Result<Vec<u8>, String> {
    load();
    let text = CString::new(text).expect("a text");
    let program = nvrtc::result::create_program(&text, None).expect("a program");
    // SAFETY: The program is one that was created.
    let outcome = unsafe { nvrtc::result::compile_program(program, &["--gpu-architecture=sm_90"]) };
    if outcome.is_err() {
        // SAFETY: As above.
        let log = unsafe { nvrtc::result::get_program_log(program) }.expect("a log");
        let log = log.into_iter().map(|byte| byte as u8).filter(|byte| *byte != 0).collect();
        return Err(String::from_utf8(log).expect("a log is text"));
    }
    let mut bytes = 0;
    // SAFETY: As above; the size goes to a local.
    unsafe { nvrtc::sys::nvrtcGetCUBINSize(program, &raw mut bytes) }.result().expect("a size");
    let mut image = vec![0u8; bytes];
    // SAFETY: The vector has as many bytes as the compiler has said.
    unsafe { nvrtc::sys::nvrtcGetCUBIN(program, image.as_mut_ptr().cast()) }.result().expect("an image");
    Ok(image)
}
