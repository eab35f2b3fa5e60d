//! Addresses of networks and devices, and pages that are a person's.

/// Whether a text is an IPv4 address (RFC 6943 §3.1.1, strict) or an IPv6 address (RFC 4291
/// §2.2), alone or with a prefix length as `inet` prints it.
pub fn is_ip_address(text: &str) -> bool {
    let address = match text.split_once('/') {
        Some((address, length)) if length.parse::<u8>().is_ok_and(|length| length <= 128) => {
            address
        }
        Some(_) => return false,
        None => text,
    };
    address.parse::<core::net::IpAddr>().is_ok()
}

/// Whether a text is an address of the Internet Protocol that no version number looks like: of four
/// numbers one is beyond 99, as in 98 of 100 addresses.
pub fn is_unlike_a_version(text: &str) -> bool {
    let parts = text.split(['.', '/']);
    is_ip_address(text)
        && (text.contains(':') || parts.take(4).any(|part| part.parse::<u8>().unwrap_or(0) > 99))
}

/// Whether a text is a MAC address (IEEE 802) of six octets with separators.
pub fn is_hardware_address(text: &str) -> bool {
    let Some(separator) = text.chars().find(|character| ":-".contains(*character)) else {
        return false;
    };
    let mut octets = text.split(separator);
    text.len() == 17
        && octets
            .all(|octet| octet.len() == 2 && octet.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a text is the address of a person's page in a social network.
pub fn is_profile_url(text: &str) -> bool {
    const PAGES: [&str; 8] = [
        "linkedin.com/in/",
        "xing.com/profile/",
        "facebook.com/",
        "instagram.com/",
        "twitter.com/",
        "x.com/",
        "github.com/",
        "tiktok.com/@",
    ];
    if !text.contains('/') {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let rest = lower.trim_start_matches("https://").trim_start_matches("http://");
    let rest = rest.trim_start_matches("www.").trim_start_matches("de.").trim_start_matches("fr.");
    PAGES.iter().any(|page| {
        rest.strip_prefix(page).is_some_and(|name| {
            let name = name.trim_end_matches('/');
            name.len() >= 2 && !name.contains('/')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognised() {
        for text in ["192.0.2.7", "192.0.2.0/24", "2001:db8::1"] {
            assert!(is_ip_address(text), "{text}");
        }
        assert!(is_unlike_a_version("192.0.2.7") && is_unlike_a_version("2001:db8::1"));
        assert!(!is_unlike_a_version("10.4.0.1") && !is_unlike_a_version("300.1.2.3"));
        assert!(is_hardware_address("00:1A:2b:3c:4d:5e"));
        assert!(is_profile_url("https://www.linkedin.com/in/ada-lovelace/"));
    }

    #[test]
    fn versions_and_times_are_not_addresses() {
        for text in ["1.2.3", "1.2.3.4.5", "256.0.0.1", "10:30", "192.0.2.7/999", "01.02.03.04"] {
            assert!(!is_ip_address(text), "{text}");
        }
        for text in ["10:30:00", "00:1A:2b:3c:4d", "zz:1A:2b:3c:4d:5e", "2024-05-01"] {
            assert!(!is_hardware_address(text), "{text}");
        }
        for text in
            ["https://example.org/in/ada", "https://linkedin.com/company/acme", "linkedin.com/in/"]
        {
            assert!(!is_profile_url(text), "{text}");
        }
    }
}
