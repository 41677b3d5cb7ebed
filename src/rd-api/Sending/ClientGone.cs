using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Sending;

/// <summary>Ends a response whose client is gone.</summary>
internal static class ClientGone
{
    extension(HttpContext context)
    {
        /// <summary>Kestrel reports by itself that a client is gone, but often only after the request has ended, and then with the rest of the body missing.</summary>
        public void GiveUp()
        {
            context.Abort();
            context.RequestAborted = new CancellationToken(canceled: true);
        }
    }
}
