"""reports: 居民随手拍. A resident shows what is wrong, somebody is responsible, and it is answered."""
