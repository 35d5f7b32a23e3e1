require ["fileinto"];

# DMARC
if anyof (header :is ["X-DMARC-Fail-Policy"] "reject",
          header :is ["X-DMARC-Fail-Policy"] "quarantine",
          header :is ["X-Spam-Flag"] "YES") {
    fileinto "Junk";
    stop;
}
