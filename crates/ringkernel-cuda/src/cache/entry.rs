//! A file of the cache: which key it is for, and the bytes. The whole key is in it, so that no other key's bytes are ever taken for
//! it; a sum over everything tells a damaged file.
//!
//! ```text
//! magic     8 bytes
//! sum       8 bytes, over all that follows
//! key       its length in 8 bytes, then its bytes
//! bytes     what is left
//! ```

/// With the form's version, so that another version's files are nobody's.
const MAGIC: [u8; 8] = *b"RKCUDA01";

/// The content of a file.
pub(crate) fn write(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(24 + key.len() + bytes.len());
    file.extend(MAGIC);
    file.extend([0; 8]);
    file.extend((key.len() as u64).to_le_bytes());
    file.extend(key);
    file.extend(bytes);
    let sum = sum(&file[16..]).to_le_bytes();
    file[8..16].copy_from_slice(&sum);
    file
}

/// The bytes in a file, if it is whole and for this key.
pub(crate) fn read<'a>(file: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let rest = file.strip_prefix(&MAGIC)?;
    let (expected, rest) = rest.split_first_chunk::<8>()?;
    if u64::from_le_bytes(*expected) != sum(rest) {
        return None;
    }
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let (other, bytes) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    (other == key).then_some(bytes)
}

/// FNV-1a of 64 bits: the same in every build of this crate, which the standard library's hashes do not promise.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_for_its_key_alone() {
        for (key, bytes) in [("key", &b"bytes"[..]), ("", b"bytes"), ("key", b""), ("", b"")] {
            let file = write(key.as_bytes(), bytes);
            assert_eq!(read(&file, key.as_bytes()), Some(bytes));
            assert_eq!(read(&file, b"another"), None);
        }
    }

    #[test]
    fn a_key_and_the_bytes_behind_it_are_not_mixed_up() {
        assert_eq!(read(&write(b"keyby", b"tes"), b"key"), None);
        assert_eq!(read(&write(b"key", b"bytes"), b"keyby"), None);
    }

    #[test]
    fn damage_of_any_byte_and_any_missing_end_is_noticed() {
        let file = write(b"key", b"bytes");
        for index in 0..file.len() {
            let mut damaged = file.clone();
            damaged[index] ^= 0x10;
            assert_eq!(read(&damaged, b"key"), None, "byte {index}");
            assert_eq!(read(&file[..index], b"key"), None, "{index} bytes");
        }
        assert_eq!(sum(b"a"), 0xaf63_dc4c_8601_ec8c, "the published value");
    }
}
