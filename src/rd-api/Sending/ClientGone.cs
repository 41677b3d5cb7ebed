using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Sending;

/// <summary>Ends a response that nobody takes any more.</summary>
internal static class ClientGone
{
    extension(HttpContext context)
    {
        /// <summary>Kestrel says by itself that a client is gone, but often after the request is over: it would miss the rest of the body.</summary>
        public void GiveUp()
        {
            context.Abort();
            context.RequestAborted = new CancellationToken(canceled: true);
        }
    }
}
