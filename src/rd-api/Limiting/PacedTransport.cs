using System.IO.Pipelines;

namespace ReliableDownload.Api.Limiting;

/// <summary>The transport of a connection whose output is limited: what it flushes waits for its turn. For connections whose bytes go through memory.</summary>
internal sealed class PacedTransport(IDuplexPipe transport, SendPace pace) : IDuplexPipe
{
    public PipeReader Input => transport.Input;

    public PipeWriter Output { get; } = new PacedOutput(transport.Output, pace);

    private sealed class PacedOutput(PipeWriter output, SendPace pace) : PipeWriter
    {
        private int _written;

        public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

        public override long UnflushedBytes => output.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);

        public override void Advance(int bytes)
        {
            output.Advance(bytes);
            _written += bytes;
        }

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            var rest = _written;
            _written = 0;
            while (rest > 0)
                rest -= await pace.TakeAsync(rest);
            return await output.FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush() => output.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => output.Complete(exception);
    }
}
