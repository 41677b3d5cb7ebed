using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using ReliableDownload.Client;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Tests.Client.Network;

public sealed class AttemptFailureTests
{
    private static readonly AttemptFailure TlsFailure = AttemptFailure.Of(new HttpRequestException("TLS", new AuthenticationException("bad record")))!;

    private readonly Session _session = new(new Uri("http://localhost/f"), new DownloadOptions(), TimeProvider.System);

    [Fact]
    public void A_limit_that_was_reached_while_connecting_is_silence()
    {
        Assert.True(AttemptFailure.Of(new HttpRequestException("connect", new TimeoutException()))!.IsSilence);
        Assert.True(AttemptFailure.Of(new TaskCanceledException("connect", new TimeoutException()))!.IsSilence);
    }

    [Theory]
    [InlineData("files.example", false, SocketError.ConnectionRefused, "files.example:8082 refused the connection", false)]
    [InlineData("::1", false, SocketError.ConnectionRefused, "[::1]:8082 refused the connection", false)]
    [InlineData("files.example", false, SocketError.HostNotFound, "the name of files.example:8082 cannot be resolved", false)]
    [InlineData("files.example", false, SocketError.TryAgain, "the name of files.example:8082 cannot be resolved", false)]
    [InlineData("files.example", false, SocketError.TimedOut, "files.example:8082 does not answer", true)]
    [InlineData("files.example", false, SocketError.NetworkUnreachable, "cannot connect to files.example:8082: the network is unreachable", false)]
    [InlineData("files.example", true, SocketError.ConnectionRefused, "the proxy files.example:8082 refused the connection", false)]
    public void Who_cannot_be_connected_to_is_named(string host, bool isProxy, SocketError error, string message, bool isSilence)
    {
        var failure = AttemptFailure.Of(new HttpRequestException("x", new ConnectException(new DnsEndPoint(host, 8082), isProxy, new SocketException((int)error))))!;

        Assert.Equal((message, isSilence), (failure.Message, failure.IsSilence));
    }

    [Fact]
    public void What_was_canceled_is_no_failure_of_the_network() => Assert.Null(AttemptFailure.Of(new TaskCanceledException()));

    [Fact]
    public void What_a_server_says_is_neither_long_nor_a_command_to_a_terminal()
    {
        var failure = new AttemptFailure(DownloadOutcome.Http, false, "the server says: \e]0;pwned\a\r\n" + string.Concat(Enumerable.Repeat("😀", 100_000)));

        Assert.InRange(failure.Message.Length, 100, 301);
        Assert.DoesNotContain(failure.Message, char.IsControl);
        Assert.True(failure.Message.IsNormalized(), "a character was cut in two");
    }

    [Fact]
    public void A_server_whose_certificate_is_wrong_is_not_asked_again()
    {
        var failed = Assert.Throws<DownloadFailedException>(() => _session.DelayAfter(TlsFailure, failures: 1));

        Assert.Equal(DownloadOutcome.Tls, failed.Outcome);
    }

    [Fact]
    public void TLS_that_fails_where_it_went_well_before_is_tried_again()
    {
        _session.Line.Advance();

        Assert.InRange(_session.DelayAfter(TlsFailure, failures: 1), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }
}
